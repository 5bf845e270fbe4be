"""The ledger as one ZIP that can be verified without us: rows, leaves, signed heads and public keys.

``ledger/standalone/verify_bundle.py`` checks it; docs/seals.md says what is in each file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from django.db.models import F, Q

from ledger.events import DUE_ENDED, DUE_TAKEN_OVER
from ledger.models import (
    HeldTransfer,
    LedgerAccount,
    ObligationRecord,
    PeriodStep,
    PositionRecord,
    SigningKey,
    Transfer,
    TreeHead,
)
from ledger.months import month_text
from ledger.selectors import seals
from ledger.services.verifying import one_moment

FORMAT = "tonghui-bundle-1"
ROWS_AT_A_TIME = 10_000


class Part(NamedTuple):
    """One file of the bundle; ``lines`` are given the month that was asked for, None for all."""

    name: str
    lines: Callable[[date | None], Iterable[str]]


def write(path: Path, *, period: date | None = None) -> None:
    """Write the ledger as it is at one moment: all transfers, or those of one month; everything else is whole."""
    with one_moment(), ZipFile(path, "w", ZIP_DEFLATED) as bundle:
        files = {part.name: _write_part(bundle, part, period=period) for part in PARTS}
        head = seals.last_head()
        manifest = {
            "format": FORMAT,
            "period": month_text(period) if period else None,
            "head": {"number": head.number, "size": head.size, "root": head.root} if head else None,
            "files": files,
        }
        bundle.writestr("manifest.json", json.dumps(manifest, indent=1) + "\n")


def _write_part(bundle: ZipFile, part: Part, *, period: date | None) -> dict[str, object]:
    """Write one file and return what the manifest says of it."""
    digest, size = sha256(), 0
    with bundle.open(part.name, "w", force_zip64=True) as file:
        for line in part.lines(period):
            data = f"{line}\n".encode()
            file.write(data)
            digest.update(data)
            size += len(data)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _transfers(period: date | None) -> Iterator[str]:
    """Sealed rows by their place in the tree, then those that wait for their seal.

    What a later takeover changed of a month's dues goes with that month, and so does what a dispute released for it.
    """
    write_leaf = seals.leaf_writer()
    rows = Transfer.objects.all()
    if period is not None:
        of_other_months = Q(settles=period, event__in=[DUE_ENDED.code, DUE_TAKEN_OVER.code])
        released = Q(held__released__settles=period)
        rows = rows.filter(Q(period=period) | of_other_months | released)
    in_order = rows.order_by(F("leaf__sequence").asc(nulls_last=True), "pk")
    found = in_order.values_list("leaf__sequence", *seals.leaf_sources())
    for sequence, *source in found.iterator(chunk_size=ROWS_AT_A_TIME):
        place = "null" if sequence is None else sequence
        yield f'{{"sequence":{place},"transfer":{write_leaf(tuple(source)).decode()}}}'


def _leaves(period: date | None) -> Iterator[str]:
    return (leaf.hex() for leaf in seals.leaf_hashes(size=seals.leaf_count()))


def _heads(period: date | None) -> Iterator[str]:
    return map(head_line, TreeHead.objects.order_by("number").iterator())


def head_line(head: TreeHead) -> str:
    """Return a head as it is handed out: its number, and the signed text that says the rest."""
    return json.dumps({"number": head.number, "jws": head.jws})


def _keys(period: date | None) -> Iterator[str]:
    yield json.dumps(key_set())


def key_set() -> dict[str, object]:
    """Return the public keys of all heads as a JWK set."""
    return {"keys": list(SigningKey.objects.order_by("pk").values_list("jwk", flat=True))}


def _accounts(period: date | None) -> Iterator[str]:
    for account in LedgerAccount.objects.order_by("code").iterator():
        yield json.dumps({"code": account.code, **account.name._asdict()})


def _obligations(period: date | None) -> Iterator[str]:
    rows = ObligationRecord.objects.order_by("month", "debtor", "creditor").iterator()
    return (
        json.dumps({"month": month_text(o.month), "debtor": o.debtor_id, "creditor": o.creditor_id, "fen": o.fen})
        for o in rows
    )


def _positions(period: date | None) -> Iterator[str]:
    rows = PositionRecord.objects.order_by("month", "authority").iterator()
    return (json.dumps({"month": month_text(p.month), "authority": p.authority_id, "fen": p.fen}) for p in rows)


def _held(period: date | None) -> Iterator[str]:
    """The rows in dispute, with the month that settles them, or null while it is not decided."""
    rows = HeldTransfer.objects.order_by("pk").values_list("transfer__key", "released__settles")
    return (
        json.dumps({"key": key, "settles": month_text(settles) if settles else None})
        for key, settles in rows.iterator()
    )


def _steps(period: date | None) -> Iterator[str]:
    return (
        json.dumps(
            {
                "month": month_text(step.month),
                "step": step.step,
                "booked_on": f"{step.booked_on}",
                "proposed_by": step.proposed_by_id,
                "approved_by": step.approved_by_id,
            }
        )
        for step in PeriodStep.objects.order_by("month", "pk").iterator()
    )


PARTS = (
    Part("keys.json", _keys),
    Part("heads.jsonl", _heads),
    Part("leaves.txt", _leaves),
    Part("accounts.jsonl", _accounts),
    Part("held.jsonl", _held),
    Part("transfers.jsonl", _transfers),
    Part("steps.jsonl", _steps),
    Part("obligations.jsonl", _obligations),
    Part("positions.jsonl", _positions),
)
