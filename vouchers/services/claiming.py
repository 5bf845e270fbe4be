"""Providers send what they are owed for a month: a file, or control totals first and lines where these differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import among_texts, insert_many
from accounts.locks import Lock, take
from accounts.models import User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.months import month_of, month_text
from vouchers import claim_files
from vouchers.claim_matching import Named, Total, repeated, totals_of
from vouchers.models import ClaimChannel, ClaimFile, ClaimLine, ClaimTotal, Programme
from vouchers.services import comparing
from vouchers.services.comparing import Cell
from vouchers.services.counter import NoSuchProgramme, provider_of
from vouchers.tables import Problem


class ClaimFileSentBefore(Refused):
    code = "file_used_before"
    sentence = _("These very claims were sent already, as file %(file)s. Nothing was recorded.")


class ClaimFileHasProblems(Refused):
    """The file was refused whole; ``problems`` says why, row by row."""

    code = "file_has_problems"
    sentence = _("The file was not accepted: %(number)s rows need to be put right. Nothing was recorded.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(number=len(problems))
        self.problems = problems


class NotInMonth(Refused):
    code = "not_in_month"
    sentence = _("%(day)s is not in %(month)s, or has not come yet.")


class TotalGivenTwice(Refused):
    code = "total_given_twice"
    sentence = _("%(programme)s on %(day)s stands twice among the totals.")


class ClaimsReplaced(Refused):
    code = "claims_replaced"
    sentence = _("Later claims of the same month took the place of these. Send the lines of the later ones.")


class LinesSentBefore(Refused):
    code = "lines_sent_before"
    sentence = _("The lines of %(programme)s on %(day)s are here already.")


class LinesDoNotTie(Refused):
    code = "lines_do_not_tie"
    sentence = _(
        "The lines of %(programme)s on %(day)s are not what the totals said: %(number)s lines were sent. Send the "
        "whole day, or the month's totals again."
    )


@transaction.atomic
def send_file(*, clerk: User, month: date, file_name: str, content: bytes, stamp: Stamp) -> ClaimFile:
    """Take a whole file of claims, or nothing of it. A later file of the month takes the place of the one before.

    Raises NoProvider, ClaimFileHasProblems with every problem by row, or ClaimFileSentBefore.
    """
    claims, problems = claim_files.read(content, month=month, today=stamp.as_of, programmes=_programmes_by_name())
    if problems:
        raise ClaimFileHasProblems(problems)
    file, made = _file(
        clerk=clerk, month=month, channel=ClaimChannel.FILE, name=file_name, content=content, stamp=stamp
    )
    if not made:
        raise ClaimFileSentBefore(file=file.pk)
    _keep_lines(file, claims, repeats=repeated(claims))
    comparing.keep_totals(file)
    return file


@transaction.atomic
def send_totals(*, clerk: User, month: date, totals: Sequence[Total], stamp: Stamp) -> ClaimFile:
    """Take the control totals of a month. The same totals again return the first claims, and change nothing.

    Raises NoProvider, NoSuchProgramme, NotInMonth or TotalGivenTwice.
    """
    seen: set[tuple[str, date]] = set()
    for total in totals:
        if month_of(total.day) != month or total.day > stamp.as_of:
            raise NotInMonth(day=total.day, month=month_text(month))
        if (total.programme, total.day) in seen:
            raise TotalGivenTwice(programme=total.programme, day=total.day)
        seen.add((total.programme, total.day))
    content = json.dumps([f"{month}", sorted(totals)], default=str).encode()
    file, made = _file(clerk=clerk, month=month, channel=ClaimChannel.API, name="", content=content, stamp=stamp)
    if made:
        _keep_totals(file, totals)
    return file


@transaction.atomic
def send_lines(*, clerk: User, file_id: int, lines: Sequence[Named], stamp: Stamp) -> ClaimFile:
    """Take the lines of some days, each day and programme whole. They have to be what its total said.

    Raises NoProvider, ClaimsReplaced, NoSuchProgramme, LinesSentBefore or LinesDoNotTie.
    """
    take(Lock.CLAIM_FILE, of=file_id)  # two calls with the same lines follow each other
    file = ClaimFile.objects.get(pk=file_id, provider=provider_of(clerk))
    if not ClaimFile.objects.standing().filter(pk=file.pk).exists():
        raise ClaimsReplaced()
    _check_tie(file, lines)
    numbers = [line.key for line in lines]
    known = set(file.lines.filter(key__in=among_texts(numbers)).values_list("key", flat=True))
    start = file.lines.count()
    placed = [line._replace(row=start + at) for at, line in enumerate(lines, start=1)]
    _keep_lines(file, placed, repeats=repeated(placed, known=known))
    audit.record(stamp=stamp, verb="send_claim_lines", subject=f"claims:{file.pk}", lines=len(lines))
    return file


def differing(file: ClaimFile) -> list[Cell]:
    """Return the days of a file whose totals are not what our books hold now."""
    return comparing.compare_sums(month=file.month, file_id=file.pk).differing


def _check_tie(file: ClaimFile, lines: Sequence[Named]) -> None:
    """Hold each day of ``lines`` to its total."""
    codes = dict(Programme.objects.values_list("code", "pk"))
    given = {(total.programme_id, total.day): total for total in file.totals.all()}
    for found in totals_of(lines):
        programme = _programme(found.programme, codes)
        total = given.get((programme, found.day))
        if total is None or (total.number, total.fen) != (found.number, found.fen):
            raise LinesDoNotTie(programme=found.programme, day=found.day, number=found.number)
        if file.lines.filter(programme=programme, day=found.day).exists():
            raise LinesSentBefore(programme=found.programme, day=found.day)


def _file(
    *, clerk: User, month: date, channel: ClaimChannel, name: str, content: bytes, stamp: Stamp
) -> tuple[ClaimFile, bool]:
    """Return the file of this content, and whether it is new. Two who send it at once make one."""
    file, made = ClaimFile.objects.get_or_create(
        provider=provider_of(clerk),
        sha256=hashlib.sha256(content).hexdigest(),
        defaults={
            "month": month,
            "channel": channel,
            "file_name": name[:200],
            "sent_by": clerk,
            "sent_on": stamp.booked_on,
        },
    )
    if made:
        audit.record(stamp=stamp, verb="send_claims", subject=f"claims:{file.pk}")
    return file, made


def _keep_totals(file: ClaimFile, totals: Iterable[Total]) -> None:
    codes = dict(Programme.objects.values_list("code", "pk"))
    insert_many(
        [
            ClaimTotal(
                file=file,
                programme_id=_programme(total.programme, codes),
                day=total.day,
                number=total.number,
                fen=total.fen,
            )
            for total in totals
        ]
    )


def _keep_lines(file: ClaimFile, lines: Iterable[Named], *, repeats: set[int]) -> None:
    codes = dict(Programme.objects.values_list("code", "pk"))
    insert_many(
        [
            ClaimLine(
                file=file,
                row=line.row,
                programme_id=codes[line.programme],
                day=line.day,
                key=line.key,
                fen=line.fen,
                voucher=line.voucher,
                repeats=line.row in repeats,
            )
            for line in lines
        ]
    )


def _programme(code: str, codes: dict[str, int]) -> int:
    if code not in codes:
        raise NoSuchProgramme(programme=code)
    return codes[code]


def _programmes_by_name() -> dict[str, str]:
    """Return the code of every programme, by its code and its names."""
    rows = Programme.objects.values_list("code", "name_zh", "name_en")
    return {name: code for code, *names in rows for name in (*names, code)}
