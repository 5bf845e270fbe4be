"""Claims beside redemptions, in the database: sums of days first, rows only where these differ.

The claims' side of the sums are the control totals, which were held to the lines when they came; our side is one
grouped pass over the month. What comes back to this process is what differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from ledger.months import next_month
from vouchers.claim_matching import Circumstances, Pair, Side
from vouchers.models import ClaimFile

#: What a row adds to the check sum of its day: a hash of its number, as the ledger keeps it, and amount. Each engine
#: has its own, since they never meet.
MD5 = "md5({key} || {fen})"
HEXADECIMAL = "".join(f"{digit:x}" for digit in range(16))
CHECK = {
    # An integer, since PostgreSQL adds up integers faster than larger ones.
    "postgresql": "(hashtextextended({key}, {fen}) & 2147483647)::integer",
    "sqlite": "("
    + " + ".join(f"(instr('{HEXADECIMAL}', substr({MD5}, {at}, 1)) - 1) * {16 ** (8 - at)}" for at in range(1, 9))
    + ")",
}
#: The control totals of a file that came with its lines.
TOTALS = """
    INSERT INTO vouchers_claimtotal (file_id, programme_id, day, number, fen, check_sum)
    SELECT l.file_id, l.programme_id, l.day, count(*), sum(l.fen), sum({check})
      FROM vouchers_claimline l WHERE l.file_id = %(file)s GROUP BY l.file_id, l.programme_id, l.day
"""

#: What counts of a month: of each provider the file sent last. ``file`` narrows it to one.
STANDING = """
    SELECT f.id, f.provider_id, f.sent_on, p.code, p.district_id
      FROM vouchers_claimfile f JOIN vouchers_provider p ON p.id = f.provider_id
     WHERE f.month = %(month)s AND (%(file)s = 0 OR f.id = %(file)s)
       AND NOT EXISTS (SELECT 1 FROM vouchers_claimfile later
                        WHERE later.provider_id = f.provider_id AND later.month = f.month AND later.id > f.id)
"""
#: Redemptions less reversals, by account and day of service. A redemption is booked in its month or later.
TAKEN = """
    SELECT t.credit_id, t.occurred_on AS day, count(*) AS number, sum(t.fen) AS fen, sum({check_t}) AS check_sum
      FROM ledger_transfer t
     WHERE t.period >= %(month)s AND t.event = 'redeem' AND t.occurred_on >= %(month)s AND t.occurred_on < %(until)s
       {only_t}
     GROUP BY t.credit_id, t.occurred_on
    UNION ALL
    SELECT o.credit_id, o.occurred_on, -count(*), -sum(o.fen), -sum({check_o})
      FROM ledger_transfer r JOIN ledger_transfer o ON o.id = r.reverses_id
     WHERE r.period >= %(month)s AND r.event = 'reverse' AND o.occurred_on >= %(month)s AND o.occurred_on < %(until)s
       {only_o}
     GROUP BY o.credit_id, o.occurred_on
"""
#: Of one file, the accounts of its provider are enough.
ONLY = """
    AND {row}.credit_id IN (SELECT a.id FROM ledger_ledgeraccount a JOIN standing s ON s.code = a.party
                             WHERE a.kind = 'payable')
"""
#: The first row counts the cells; rows without a day are what was redeemed under a programme; the rest differ.
CELLS = """
    WITH standing AS ({standing}),
    theirs AS (
        SELECT c.file_id, c.programme_id, c.day, c.number, c.fen, c.check_sum
          FROM vouchers_claimtotal c JOIN standing s ON s.id = c.file_id
    ),
    ours AS (
        SELECT s.id AS file_id, g.id AS programme_id, x.day, sum(x.number) AS number, sum(x.fen) AS fen,
               sum(x.check_sum) AS check_sum
          FROM ({taken}) x JOIN ledger_ledgeraccount a ON a.id = x.credit_id AND a.kind = 'payable'
          JOIN standing s ON s.code = a.party JOIN vouchers_programme g ON g.code = a.programme
         GROUP BY s.id, g.id, x.day HAVING sum(x.number) > 0
    ),
    cell AS MATERIALIZED (
        SELECT coalesce(t.file_id, o.file_id) AS file_id, coalesce(t.programme_id, o.programme_id) AS programme_id,
               coalesce(t.day, o.day) AS day, coalesce(o.number, 0) AS ours_number, coalesce(o.fen, 0) AS ours_fen,
               coalesce(t.number, 0) AS theirs_number, coalesce(t.fen, 0) AS theirs_fen,
               coalesce(t.check_sum <> o.check_sum, false) AS other_check
          FROM theirs t FULL JOIN ours o
            ON o.file_id = t.file_id AND o.programme_id = t.programme_id AND o.day = t.day
    )
    SELECT NULL AS file_id, NULL AS programme_id, CAST(NULL AS date) AS "day [date]", count(*) AS ours_number,
           0 AS ours_fen, 0 AS theirs_number, 0 AS theirs_fen, 0 AS awaited
      FROM cell
    UNION ALL
    SELECT file_id, programme_id, NULL, CAST(sum(ours_number) AS bigint), CAST(sum(ours_fen) AS bigint), 0, 0, 0
      FROM cell GROUP BY file_id, programme_id
    UNION ALL
    SELECT file_id, programme_id, day, CAST(ours_number AS bigint), CAST(ours_fen AS bigint), theirs_number, theirs_fen,
           CASE WHEN theirs_number > 0 AND NOT EXISTS (
               SELECT 1 FROM vouchers_claimline l WHERE l.file_id = cell.file_id AND l.day = cell.day
                  AND l.programme_id = cell.programme_id) THEN 1 ELSE 0 END
      FROM cell WHERE ours_number <> theirs_number OR ours_fen <> theirs_fen OR other_check
"""

DIED_ON = """
    (SELECT min(d.day) FROM accounts_death d LEFT JOIN accounts_deathtakenback b ON b.death_id = d.id
      WHERE d.resident_id = v.resident_id AND b.id IS NULL)
"""
SUSPENDED_FROM = """
    (SELECT min(x.start) FROM vouchers_providersuspension x
      WHERE x.provider_id = pair.provider_id AND x.start <= pair.any_day
        AND x."end" > pair.any_day)
"""
REVERSED = "EXISTS (SELECT 1 FROM ledger_transfer r WHERE r.reverses_id = t.id)"
#: Pairs of the differing cells of some files that do not agree. The lines of a file are looked at together, and one
#: that finds no redemption there looks for it everywhere: it may stand on another day or under another programme.
ROWS = f"""
    WITH cell AS MATERIALIZED (
        SELECT c.file_id, c.programme_id, c.day, f.provider_id, p.code AS provider, g.code AS programme
          FROM vouchers_claimcell c JOIN vouchers_claimfile f ON f.id = c.file_id
          JOIN vouchers_provider p ON p.id = f.provider_id JOIN vouchers_programme g ON g.id = c.programme_id
         WHERE c.job_id = %(job)s AND c.file_id > %(after)s AND c.file_id <= %(last)s AND NOT c.lines_awaited
    ),
    account AS MATERIALIZED (
        SELECT cell.*, a.id AS account_id FROM cell JOIN ledger_ledgeraccount a
            ON a.party = cell.provider AND a.programme = cell.programme AND a.kind = 'payable'
    ),
    theirs AS (
        SELECT l.file_id, l.row, l.day, l.fen, l.voucher, l.repeats, cell.programme, cell.provider, cell.provider_id,
               'redeem:' || l.key AS key, CASE WHEN l.repeats THEN NULL ELSE 'redeem:' || l.key END AS first_key
          FROM cell JOIN vouchers_claimline l
            ON l.file_id = cell.file_id AND l.day = cell.day AND l.programme_id = cell.programme_id
    ),
    ours AS (
        SELECT t.key, t.fen, t.occurred_on AS day, t.subject, c.file_id, c.provider_id, c.programme
          FROM account c JOIN ledger_transfer t ON t.credit_id = c.account_id AND t.occurred_on = c.day
         WHERE t.event = 'redeem' AND t.period >= %(month)s AND NOT {REVERSED}
    ),
    here AS MATERIALIZED (
        SELECT coalesce(l.file_id, o.file_id) AS file_id, coalesce(l.provider_id, o.provider_id) AS provider_id,
               coalesce(l.key, o.key) AS key, l.row, l.programme, l.day, l.fen, l.repeats, l.voucher, l.provider,
               l.first_key, o.programme AS our_programme, o.day AS our_day, o.fen AS our_fen, o.subject
          FROM theirs l FULL JOIN ours o ON o.file_id = l.file_id AND o.key = l.first_key
    ),
    elsewhere AS MATERIALIZED (
        SELECT t.key, t.fen, t.occurred_on AS day, t.subject, a.programme, a.party
          FROM ledger_transfer t JOIN ledger_ledgeraccount a ON a.id = t.credit_id AND a.kind = 'payable'
         WHERE t.key IN (SELECT first_key FROM here WHERE our_programme IS NULL) AND NOT {REVERSED}
    ),
    pair AS (
        SELECT h.file_id, h.provider_id, h.key, h.row, h.programme, h.day, h.fen, coalesce(h.repeats, false) AS repeats,
               coalesce(h.our_programme, e.programme) AS our_programme, coalesce(h.our_day, e.day) AS our_day,
               coalesce(h.our_fen, e.fen) AS our_fen, coalesce(h.our_day, e.day, h.day) AS any_day,
               coalesce(h.subject, e.subject, v.id) AS voucher_id
          FROM here h LEFT JOIN elsewhere e ON e.key = h.first_key AND e.party = h.provider
          LEFT JOIN vouchers_voucher v ON v.number = h.voucher AND h.voucher <> ''
    ),
    known AS (
        SELECT pair.*, {DIED_ON} AS died_on, {SUSPENDED_FROM} AS suspended_from
          FROM pair LEFT JOIN vouchers_voucher v ON v.id = pair.voucher_id
    )
    SELECT k.file_id, k.row, substr(k.key, 8), k.programme, k.day AS "day [date]", k.fen, k.repeats, k.our_programme,
           k.our_day AS "our_day [date]", k.our_fen, k.died_on AS "died_on [date]",
           k.suspended_from AS "suspended_from [date]",
           EXISTS (SELECT 1 FROM vouchers_accreditation y
                    WHERE y.provider_id = k.provider_id AND y.programme_id = g.id),
           g.late_claim_days, f.sent_on AS "sent_on [date]"
      FROM known k JOIN vouchers_claimfile f ON f.id = k.file_id
      JOIN vouchers_programme g ON g.code = coalesce(k.programme, k.our_programme)
     WHERE k.programme IS NULL OR k.our_programme IS NULL OR k.repeats OR k.programme <> k.our_programme
        OR k.fen <> k.our_fen OR k.day <> k.our_day OR k.died_on <= k.any_day OR k.suspended_from IS NOT NULL
     ORDER BY k.file_id, k.row, k.key
"""
#: Redemptions that both sides agree on and that are not to be paid for all the same. Begins with the few: deaths and
#: suspensions.
AGREED = f"""
    WITH standing AS ({STANDING})
    SELECT s.id, substr(t.key, 8), a.programme, t.occurred_on AS "day [date]", t.fen, d.day AS "died_on [date]",
           CAST(NULL AS date) AS "suspended_from [date]"
      FROM accounts_death d LEFT JOIN accounts_deathtakenback b ON b.death_id = d.id
      JOIN vouchers_voucher v ON v.resident_id = d.resident_id
      JOIN ledger_transfer t ON t.subject = v.id AND t.occurred_on >= d.day
      JOIN ledger_ledgeraccount a ON a.id = t.credit_id AND a.kind = 'payable' JOIN standing s ON s.code = a.party
     WHERE b.id IS NULL AND d.day < %(until)s
       AND t.event = 'redeem' AND t.occurred_on >= %(month)s AND t.occurred_on < %(until)s AND NOT {REVERSED}
    UNION ALL
    SELECT s.id, substr(t.key, 8), a.programme, t.occurred_on, t.fen, NULL, x.start
      FROM vouchers_providersuspension x JOIN standing s ON s.provider_id = x.provider_id
      JOIN ledger_ledgeraccount a ON a.kind = 'payable' AND a.party = s.code
      JOIN ledger_transfer t ON t.credit_id = a.id AND t.occurred_on >= x.start
       AND t.occurred_on < x."end"
     WHERE x.start < %(until)s AND x."end" > %(month)s
       AND t.event = 'redeem' AND t.period >= %(month)s AND t.occurred_on >= %(month)s AND t.occurred_on < %(until)s
       AND NOT {REVERSED}
"""


class Cell(NamedTuple):
    """A programme and day of a claim file whose sums differ."""

    file_id: int
    programme_id: int
    day: date
    ours_number: int
    ours_fen: int
    theirs_number: int
    theirs_fen: int
    lines_awaited: bool


class Sums(NamedTuple):
    """How many sums were compared, those that differ, and what was redeemed: file, programme, number and fen."""

    cells: int
    differing: list[Cell]
    redeemed: list[tuple[int, int, int, int]]


class Compared(NamedTuple):
    """A pair with its names: ``row`` is that of the claim, ``key`` the number both go by."""

    file_id: int
    row: int | None
    key: str
    pair: Pair


def compare_sums(*, month: date, file_id: int = 0) -> Sums:
    """Compare the control totals of a month, or of one file of it, with what was redeemed on each day."""
    parts = {f"check_{row}": _check(f"{row}.key", f"{row}.fen") for row in "to"}
    narrowed = {f"only_{row}": ONLY.format(row=row) if file_id else "" for row in "to"}
    taken = TAKEN.format(**parts, **narrowed)
    rows = _rows(CELLS.format(standing=STANDING, taken=taken), month=month, file=file_id)
    cells, redeemed, differing = 0, [], []
    for file, programme, day, *figures in rows:
        if file is None:
            cells = figures[0]
        elif day is None:
            redeemed.append((file, programme, figures[0], figures[1]))
        else:
            differing.append(Cell._make((file, programme, day, *figures[:4], bool(figures[4]))))
    return Sums(cells, differing, redeemed)


def keep_totals(file: ClaimFile) -> None:
    """Add up the lines of a new file, by programme and day."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS.format(check=_check("'redeem:' || l.key", "l.fen")), {"file": file.pk})


def _check(key: str, fen: str) -> str:
    return CHECK[connection.vendor].format(key=key, fen=fen)


def compare_rows(*, job_id: int, month: date, after: int, last: int) -> Iterator[Compared]:
    """Pair the rows of a job's differing cells, of the files ``after`` one through ``last``; leave out what agrees."""
    with _hash_joins():
        for file, row, key, *said in _rows(ROWS, month=month, job=job_id, after=after, last=last):
            programme, day, fen, repeats, our_programme, our_day, our_fen, *more_known = said
            died_on, suspended_from, is_accredited, late_claim_days, sent_on = more_known
            more = Circumstances(
                repeats=bool(repeats),
                died_on=died_on,
                suspended_from=suspended_from,
                is_accredited=bool(is_accredited),
                deadline=None if day is None else day + timedelta(days=late_claim_days),
                sent_on=sent_on,
            )
            theirs = None if programme is None else Side(programme, day, fen)
            ours = None if our_programme is None else Side(our_programme, our_day, our_fen)
            yield Compared(file, row, key, Pair(theirs, ours, more))


def agreed_but_not_payable(*, month: date) -> Iterator[Compared]:
    """Return what both sides agree on, of days after the holder's death or in a suspension of the provider."""
    for file, key, programme, day, fen, died_on, suspended_from in _rows(AGREED, month=month, file=0):
        side = Side(programme, day, fen)
        more = Circumstances(died_on=died_on, suspended_from=suspended_from)
        yield Compared(file, None, key, Pair(side, side, more))


def _rows(statement: str, *, month: date, **more: int) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"month": month, "until": next_month(month), **more})
        while rows := cursor.fetchmany(5_000):
            yield from rows


@contextmanager
def _hash_joins() -> Iterator[None]:
    """Keep PostgreSQL, in this transaction, from reading the month once for each cell: of rows written a moment ago it
    knows no number and takes them for one or two.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")
