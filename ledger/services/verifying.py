"""Everything the books claim, computed again from the rows. Nothing is changed, and nothing is taken on trust.

Each check returns its figures or raises Fault for the first row that is wrong. Rows are streamed, so memory stays the
same whatever the ledger holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Sum

from accounts.models import User
from ledger import events, kinds, merkle, netting, selectors, signing
from ledger.models import (
    ClosedBalance,
    JournalLine,
    ObligationRecord,
    PeriodStep,
    PositionRecord,
    SealedLeaf,
    SealedSubtree,
    SigningKey,
    Step,
    Transfer,
    TreeHead,
)
from ledger.months import month_text
from ledger.netting import Obligation
from ledger.selectors import seals
from ledger.services.sealing import head_payload

ROWS_AT_A_TIME = 10_000
#: What begins a look at one moment. Not Django's own beginning, which on SQLite keeps writers out.
ONE_MOMENT = {"postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "sqlite": "BEGIN DEFERRED"}


class Fault(Exception):
    """``row`` names the first row that is wrong, the message says what is wrong with it."""

    def __init__(self, row: str, problem: str) -> None:
        self.row, self.problem = row, problem
        super().__init__(f"{row}: {problem}")


class Check(NamedTuple):
    """``run`` returns what was looked at, in numbers, or raises Fault."""

    code: str
    run: Callable[[], dict[str, int]]


@contextmanager
def one_moment() -> Iterator[None]:
    """Look at the ledger as it is now, while others go on posting."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_MOMENT[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def heads() -> dict[str, int]:
    """Every head is signed by a key that is kept, says what its row says, and follows the head before it."""
    keys = dict(SigningKey.objects.values_list("kid", "jwk"))
    before: TreeHead | None = None
    for number, head in enumerate(TreeHead.objects.order_by("number").iterator(), start=1):
        _check_place(head, number=number, before=before)
        _check_signature(head, keys=keys)
        before = head
    return {"heads": before.number if before else 0, "keys": len(keys)}


def _check_place(head: TreeHead, *, number: int, before: TreeHead | None) -> None:
    if head.number != number:
        raise Fault(f"head {number}", f"is gone; head {head.number} comes after head {number - 1}")
    if head.previous != (sha256(before.jws.encode()).hexdigest() if before else ""):
        raise Fault(f"head {number}", f"does not follow head {number - 1}: the chain is broken between the two")
    if before and head.size < before.size:
        raise Fault(f"head {number}", f"covers {head.size} leaves, fewer than the {before.size} of the head before")


def _check_signature(head: TreeHead, *, keys: Mapping[str, dict[str, str]]) -> None:
    if head.kid not in keys:
        raise Fault(f"head {head.number}", f"is signed with the key {head.kid}, which is not kept")
    try:
        payload = signing.signed_payload(head.jws, jwk=keys[head.kid])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise Fault(f"head {head.number}", "its signature does not fit its text and key") from None
    columns = head_payload(head)
    changed = [name for name in columns if payload.get(name) != columns[name]]
    if changed:
        raise Fault(f"head {head.number}", f"its row says another {changed[0]} than was signed")


def leaves() -> dict[str, int]:
    """Every leaf is the hash of its transfer, none is missing, and none came late into a month closed and sealed."""
    waiting = list(TreeHead.objects.order_by("-number").values_list("size", "number", "closed_through"))
    check, write, count = RowCheck(), seals.leaf_writer(), 0
    for sequence, pk, stored, *source in _sealed_rows():
        while waiting and waiting[-1][0] <= sequence:
            check.closed = waiting.pop()[2]
        if sequence != count:
            raise _gone(count)
        row = tuple(source)
        check.check(row, pk=pk)
        if merkle.leaf_hash(write(row)) != stored:
            raise Fault(f"transfer {pk} ({row[0]})", f"is not what was sealed as leaf {sequence}")
        count += 1
    if count != seals.leaf_count():
        raise _gone(count)
    for size, number, _closed in waiting[::-1]:
        if size > count:
            raise Fault(f"leaf {count}", f"is gone: head {number} covers {size} leaves, {count} are left")
    return {"leaves": count}


def _sealed_rows() -> Iterable[tuple]:  # type: ignore[type-arg]
    sources = seals.leaf_sources("transfer__")
    rows = SealedLeaf.objects.order_by("sequence").values_list("sequence", "transfer_id", "hash", *sources)
    return rows.iterator(chunk_size=ROWS_AT_A_TIME)


class RowCheck:
    """What every row of :func:`~ledger.selectors.seals.leaf_sources` must be; ``closed`` is the last closed month."""

    def __init__(self, closed: date | None = None) -> None:
        self.closed, self._accounts = closed, seals.account_codes()
        self._authors = {None, *User.objects.values_list("pk", flat=True)}

    def check(self, row: tuple[Any, ...], *, pk: int) -> None:
        debit, credit, fen, period, author = row[5], row[6], row[7], row[10], row[12]
        if debit not in self._accounts or credit not in self._accounts:
            side = "credit" if debit in self._accounts else "debit"
            raise Fault(f"transfer {pk} ({row[0]})", f"its {side} account does not exist")
        if author not in self._authors:
            raise Fault(f"transfer {pk} ({row[0]})", "whoever recorded it does not exist")
        if fen <= 0 or debit == credit or period.day != 1:
            raise Fault(
                f"transfer {pk} ({row[0]})", "is no transfer: a positive amount between two accounts, in a month"
            )
        if self.closed is not None and period <= self.closed:
            raise Fault(
                f"transfer {pk} ({row[0]})",
                f"was put into {month_text(period)} after that month was closed and sealed",
            )


def _gone(sequence: int) -> Fault:
    if SealedLeaf.objects.filter(sequence=sequence).exists():
        return Fault(f"leaf {sequence}", "its transfer is gone")
    return Fault(f"leaf {sequence}", "is gone; leaves after it are there")


def tree() -> dict[str, int]:
    """The leaves add up to the root of every head, and to every stored root that proofs are made of."""
    waiting = list(TreeHead.objects.order_by("-number").values_list("size", "number", "root"))
    stored = SealedSubtree.objects.order_by("pk").values_list("level", "place", "hash").iterator()
    blocks, count = merkle.Frontier(), 0
    for block in seals.blocks(seals.leaf_hashes(size=seals.leaf_count())):
        _check_roots(waiting, blocks=blocks, block=block)
        if len(block) == 1 << seals.BLOCK_LEVEL:
            for subtree, root in seals.subtrees_of(blocks, block):
                _check_subtree(subtree, root=root, found=next(stored, None))  # type: ignore[arg-type]
                count += 1
    for level, place, _root in stored:
        raise Fault(f"stored root {level}/{place}", "is of leaves that are not there, or is not in its order")
    return {"stored_roots": count}


def _check_roots(waiting: list[tuple[int, int, str]], *, blocks: merkle.Frontier, block: list[bytes]) -> None:
    """Compare with the heads that end in this block."""
    start = blocks.size << seals.BLOCK_LEVEL
    while waiting and waiting[-1][0] <= start + len(block):
        size, number, root = waiting.pop()
        begun = [merkle.root_of(block[: size - start])] if size > start else []
        if merkle.joined([*blocks.roots, *begun]).hex() != root:
            raise Fault(f"head {number}", f"the first {size} leaves have another root than it signs")


def _check_subtree(subtree: merkle.Subtree, *, root: bytes, found: tuple[int, int, bytes] | None) -> None:
    row = f"stored root {subtree.level}/{subtree.place}"
    if found is None or found[:2] != subtree:
        raise Fault(row, "is gone")
    if found[2] != root:
        raise Fault(row, f"is not that of leaves {subtree.leaves.start} to {subtree.leaves.stop - 1}")


def unsealed() -> dict[str, int]:
    """What waits for its seal is sound, and in no month that was closed when the last head was made."""
    last, count = seals.last_head(), 0
    check = RowCheck(last.closed_through if last else None)
    for pk, *source in seals.unsealed().values_list("pk", *seals.leaf_sources()).iterator(chunk_size=ROWS_AT_A_TIME):
        check.check(tuple(source), pk=pk)
        count += 1
    return {"unsealed": count}


def reversals() -> dict[str, int]:
    """Every reversal is its original with the accounts swapped, those taken over meanwhile replaced."""
    rows = Transfer.objects.filter(reverses__isnull=False)
    for row in rows.filter(~Exists(Transfer.objects.filter(pk=OuterRef("reverses_id")))).order_by("pk")[:1]:
        raise Fault(f"transfer {row.pk} ({row.key})", "reverses a transfer that does not exist")
    mirrored = Q(debit=F("reverses__credit"), credit=F("reverses__debit"), fen=F("reverses__fen"))
    others = rows.exclude(mirrored).select_related("debit", "credit", "reverses__debit", "reverses__credit")
    successors = selectors.successors()
    for row in others.order_by("pk").iterator(chunk_size=ROWS_AT_A_TIME):
        if not _mirrors_taken_over(row, successors=successors):
            raise Fault(
                f"transfer {row.pk} ({row.key})", f"does not mirror transfer {row.reverses_id}, which it reverses"
            )
    return {"reversals": rows.count()}


def _mirrors_taken_over(row: Transfer, *, successors: Mapping[str, str]) -> bool:
    original = row.reverses
    assert original is not None
    sides = ((row.debit, original.credit), (row.credit, original.debit))
    return row.fen == original.fen and all(
        now.name in {old.name._replace(authority=code) for code in selectors.line_of(old.authority_id, successors)}
        for now, old in sides
    )


def books() -> dict[str, int]:
    """Every authority's own book, dues included, sums to zero."""
    totals = (
        JournalLine.objects.order_by().values_list("authority_id").annotate(total=Sum("fen")).order_by("authority_id")
    )
    count = 0
    for authority, total in totals:
        if total:
            raise Fault(f"book of {authority}", f"its accounts sum to {total} fen instead of zero")
        count += 1
    return {"books": count, "transfers": Transfer.objects.count()}


def settlements() -> dict[str, int]:
    """Obligations are those of the rows, positions their net, and netting and payments pay exactly these."""
    months: dict[date, set[str]] = defaultdict(set)
    for month, step in PeriodStep.objects.values_list("month", "step"):
        months[month].add(step)
    for record in ObligationRecord.objects.exclude(month__in=[m for m, s in months.items() if Step.NETTED in s])[:1]:
        raise Fault(f"obligation {record.pk}", f"is recorded for {month_text(record.month)}, which is not netted")
    for month in sorted(months):
        if Step.NETTED in months[month]:
            _check_netting(month)
        if Step.SETTLED in months[month]:
            _check_payments(month)
    netted = sum(Step.NETTED in steps for steps in months.values())
    return {"months_netted": netted, "months_settled": sum(Step.SETTLED in steps for steps in months.values())}


def _check_netting(month: date) -> None:
    name = month_text(month)
    owed = selectors.obligations(month)
    recorded = _by_pair(selectors.recorded_obligations([month])[month])
    _compare(f"obligations of {name}", recorded, _by_pair(owed), "the transfers say")
    _compare(
        f"positions of {name}", selectors.recorded_positions(month), netting.positions(owed), "the obligations say"
    )
    rows = Transfer.objects.filter(event=events.NETTING.code, settles=month).order_by()
    pairs = rows.values_list("credit__authority", "debit__authority").annotate(total=Sum("fen"))
    netted = {f"{debtor} to {creditor}": int(total) for debtor, creditor, total in pairs}
    _compare(f"netting of {name}", netted, recorded, "the obligations say")


#: The hub is paid what it received and did not pass on.
PAYING = (events.PAYMENT, events.HUB_RECEIPT, events.HUB_PAYMENT)


def _check_payments(month: date) -> None:
    paid: dict[str, int] = defaultdict(int)
    rows = Transfer.objects.filter(event__in=[event.code for event in PAYING], settles=month).order_by()
    for authority, kind, fen in rows.values_list("debit__authority", "debit__kind", "fen"):
        paid[authority] += fen if kind == kinds.CASH.code else -fen
    due = dict(PositionRecord.objects.filter(month=month).exclude(fen=0).values_list("authority_id", "fen"))
    made = {authority: fen for authority, fen in paid.items() if fen}
    _compare(f"payments of {month_text(month)}", made, due, "the positions say")


def _by_pair(obligations: Iterable[Obligation]) -> dict[str, int]:
    return {f"{owed.debtor} to {owed.creditor}": owed.fen for owed in obligations}


def _compare(what: str, found: Mapping[str, int], expected: Mapping[str, int], according: str) -> None:
    for name in sorted({*found, *expected}):
        if found.get(name) != expected.get(name):
            raise Fault(f"{what}, {name}", f"{found.get(name, 0)} fen, where {according} {expected.get(name, 0)} fen")


def balances() -> dict[str, int]:
    """What was written down when a month closed is the full sum of the rows up to its end."""
    for wrong in selectors.closed_balances_that_differ()[:1]:
        raise Fault(
            f"balance of {wrong.code} through {month_text(wrong.month)}",
            f"{wrong.recorded_fen} fen, where the transfers say {wrong.summed_fen} fen",
        )
    return {"closed_balances": ClosedBalance.objects.count()}


def witnessed(tokens: Iterable[str]) -> dict[str, int]:
    """The heads that somebody else kept are heads of this ledger still."""
    count = 0
    for count, token in enumerate(tokens, start=1):
        if not TreeHead.objects.filter(jws=token).exists():
            raise Fault(f"witnessed head in line {count}", "is no head of this ledger: its history was written anew")
    return {"witnessed": count}


#: In this order: a later check relies on the earlier ones.
CHECKS = (
    Check("heads", heads),
    Check("leaves", leaves),
    Check("tree", tree),
    Check("unsealed", unsealed),
    Check("reversals", reversals),
    Check("books", books),
    Check("settlements", settlements),
    Check("balances", balances),
)
