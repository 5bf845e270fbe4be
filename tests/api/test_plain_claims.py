"""What is read without the serializer is read as by it, and whatever is odd is left to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vouchers.api.claims import MOST_AT_ONCE, RedemptionListSerializer, plain_slips, slips_of
from vouchers.services.counter_many import Slip

SHOWN = {"key": "k-1", "voucher": "TH8K2M", "amount_fen": 12_000, "day": "2026-03-16"}
NAMED = {"key": "k-1", "resident": "R1", "programme": "education", "amount_fen": 12_000, "day": "2026-03-16"}


def by_serializer(body: object) -> list[Slip] | None:
    """Return what the serializer reads; None when it refuses the body."""
    serializer = RedemptionListSerializer(data=body)
    return slips_of(serializer.validated_data["redemptions"]) if serializer.is_valid() else None


@pytest.mark.parametrize(
    "claim",
    [
        SHOWN,
        NAMED,
        {**SHOWN, "key": "!~" * 32},
        {**SHOWN, "voucher": "x" * 20},
        {**NAMED, "resident": "r" * 20, "programme": "p" * 40},
        {**SHOWN, "amount_fen": 1},
        {**SHOWN, "amount_fen": 10**12},
        {**SHOWN, "day": "1900-01-01"},
        {**SHOWN, "day": "2199-12-31"},
        {**SHOWN, "day": "2028-02-29"},
    ],
)
def test_a_plain_claim_is_read_as_the_serializer_reads_it(claim: dict[str, Any]) -> None:
    body = {"redemptions": [claim]}

    slips = plain_slips(body)

    assert slips is not None
    assert slips == by_serializer(body)


@pytest.mark.parametrize(
    "claim",
    [
        {**SHOWN, "voucher": " TH8K2M "},
        {**NAMED, "programme": "教育"},
        {**NAMED, "programme": "early years"},
        {**SHOWN, "day": "٢٠٢٦-٠٣-١٦"},
    ],
)
def test_what_only_the_serializer_takes_is_left_to_it(claim: dict[str, Any]) -> None:
    body = {"redemptions": [claim]}

    assert plain_slips(body) is None
    assert by_serializer(body) is not None


WRONG: list[Any] = [
    None,
    "TH8K2M",
    [],
    {},
    {**SHOWN, "resident": "R1"},
    {**SHOWN, "more": 1},
    {name: SHOWN[name] for name in ("key", "amount_fen", "day")},
    {name: SHOWN[name] for name in ("voucher", "amount_fen", "day")},
    {name: SHOWN[name] for name in ("key", "voucher", "day")},
    {name: SHOWN[name] for name in ("key", "voucher", "amount_fen")},
    {name: NAMED[name] for name in ("key", "resident", "amount_fen", "day")},
    *({**SHOWN, "key": key} for key in (None, 7, "", " ", "a b", "a ", "a\n", "é", "x" * 65, ["k"])),
    *({**SHOWN, "voucher": number} for number in (None, 7, "", "  ", "x" * 21, "a\x00", "\ud800", True)),
    *({**NAMED, "programme": code} for code in (None, 7, "", "p" * 41)),
    *({**SHOWN, "amount_fen": fen} for fen in (None, 0, -1, 10**12 + 1, 1.0, "1", True, [1])),
    *(
        {**SHOWN, "day": day}
        for day in (
            None,
            20260316,
            "",
            "20260316",
            "2026-W12-1",
            "2026-3-16",
            "2026-02-29",
            "1899-12-31",
            "2200-01-01",
            "2026-03-16T00:00",
            "2026-03-16\n",
        )
    ),
]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "redemptions",
        {},
        {"redemptions": []},
        {"redemptions": {}},
        {"redemptions": None},
        {"redemptions": [SHOWN], "more": 1},
        {"redemptions": [SHOWN] * (MOST_AT_ONCE + 1)},
        *({"redemptions": [SHOWN, wrong]} for wrong in WRONG),
    ],
)
def test_what_the_serializer_refuses_is_never_plain(body: object) -> None:
    assert (plain_slips(body), by_serializer(body)) == (None, None)


odd = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=70), st.just([]))
days = st.one_of(st.dates().map(str), st.from_regex(r"\d{4}-\d{2}-\d{2}"), odd)
claims = st.fixed_dictionaries(
    {"key": st.one_of(st.just("k"), odd), "amount_fen": st.one_of(st.integers(1, 9), odd), "day": days},
    optional={name: st.one_of(st.just("N1"), odd) for name in ("voucher", "resident", "programme")},
)


@given(st.lists(claims, max_size=3))
def test_whatever_is_plain_the_serializer_reads_the_same(listed: list[dict[str, Any]]) -> None:
    body = {"redemptions": listed}

    slips = plain_slips(body)

    assert slips is None or slips == by_serializer(body)
