"""Payment files are valid before they leave, and say in figures what was ordered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ledger.banking.amounts import amount_text, fen_of
from ledger.banking.pain001 import NotAnOrder, write
from tests.banking.orders import DAY, HUB, IN_FROM_MINHANG, JINGAN, MINHANG, OUT_TO_JINGAN, order


def _texts(content: bytes, name: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(content).iter(f"{{*}}{name}")]


def test_each_paying_account_has_its_block_and_every_total_is_said_twice() -> None:
    second = IN_FROM_MINHANG._replace(end_to_end_id="TH-2026-03-310112-2", fen=1, creditor=JINGAN)

    content = write(order(IN_FROM_MINHANG, OUT_TO_JINGAN, second))

    assert _texts(content, "NbOfTxs") == ["3", "1", "2"]
    assert _texts(content, "CtrlSum") == ["100.01", "50.00", "50.01"]
    assert _texts(content, "PmtInfId") == ["TH-2026-03-1", "TH-2026-03-2"]


def test_another_day_is_another_block() -> None:
    tomorrow = IN_FROM_MINHANG._replace(end_to_end_id="TH-2026-03-310112-2", day=DAY + timedelta(days=1))

    content = write(order(IN_FROM_MINHANG, tomorrow))

    assert _texts(content, "Dt") == ["2026-04-02", "2026-04-03"]


def test_names_stay_chinese_and_accounts_are_no_ibans() -> None:
    content = write(order())

    assert _texts(content, "Nm")[:2] == [HUB.holder, HUB.holder]
    assert MINHANG.holder.encode() in content and "2026年3月净额结算".encode() in content
    assert [text for text in _texts(content, "Id") if text.strip()] == [
        HUB.number,
        JINGAN.number,
        MINHANG.number,
        HUB.number,
    ]


def test_a_bank_is_named_by_its_number_in_the_clearing_system_where_it_is_known() -> None:
    assert _texts(write(order()), "MmbId") == [HUB.bank_number, MINHANG.bank_number, HUB.bank_number]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([OUT_TO_JINGAN._replace(end_to_end_id="三月")], "identifier"),
        ([OUT_TO_JINGAN._replace(end_to_end_id="X" * 36)], "identifier"),
        ([OUT_TO_JINGAN, OUT_TO_JINGAN], "two payments"),
        ([OUT_TO_JINGAN._replace(fen=0)], "0 fen"),
        ([OUT_TO_JINGAN._replace(creditor=HUB)], "to itself"),
        ([OUT_TO_JINGAN._replace(remittance="")], "minimum length"),
        ([OUT_TO_JINGAN._replace(remittance="长" * 141)], "maximum length"),
        ([OUT_TO_JINGAN._replace(remittance="a\x00b")], "characters"),
        ([OUT_TO_JINGAN._replace(creditor=JINGAN._replace(number="3" * 35))], "maximum length"),
    ],
)
def test_what_a_bank_would_refuse_is_never_written(lines: list[object], reason: str) -> None:
    with pytest.raises(NotAnOrder, match=reason):
        write(order()._replace(lines=lines))  # type: ignore[arg-type]


def test_an_order_has_payments() -> None:
    with pytest.raises(NotAnOrder, match="without payments"):
        write(order()._replace(lines=[]))


@given(st.integers(0, 10**15))
def test_an_amount_comes_back_as_the_fen_it_was(fen: int) -> None:
    assert fen_of(amount_text(fen)) == fen


@pytest.mark.parametrize("text", ["", "-1.00", "1,000.00", "1.001", "1e3", "１.00", " 1.00", "NaN", "1.", ".5"])
def test_other_writings_are_no_amounts(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        fen_of(text)


@pytest.mark.parametrize(("text", "fen"), [("1", 100), ("1.5", 150), ("1.50000", 150), ("0.01", 1), ("007.00", 700)])
def test_banks_may_leave_noughts_out_or_add_them(text: str, fen: int) -> None:
    assert fen_of(text) == fen
