"""A provider's file of claims for a month: CSV or a workbook. Pure: bytes in, claims and problems out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.form_fields import YUAN, plain_text
from ledger.months import month_of
from vouchers import tables
from vouchers.claim_matching import Named
from vouchers.move_files import day_of
from vouchers.tables import Line, Problem

PROGRAMME_HEADINGS = ("programme", "项目")
DAY_HEADINGS = ("day", "服务日期")
KEY_HEADINGS = ("redemption", "核销编号")
AMOUNT_HEADINGS = ("yuan", "金额（元）", "金额")
VOUCHER_HEADINGS = ("voucher_number", "券号")
COLUMNS = {
    "programme": PROGRAMME_HEADINGS,
    "day": DAY_HEADINGS,
    "key": KEY_HEADINGS,
    "amount": AMOUNT_HEADINGS,
    "voucher": VOUCHER_HEADINGS,
}
NEEDED = {"programme", "day", "key", "amount"}
KEY = re.compile(r"[!-~]{1,64}")
VOUCHER = re.compile(r"[A-Za-z0-9]{0,20}")
#: As much as a form of the counter takes.
MOST_FEN = 10**12


def read(
    content: bytes, *, month: date, today: date, programmes: Mapping[str, str]
) -> tuple[list[Named], list[Problem]]:
    """Return the claims of a file for ``month`` and what is wrong with it, row by row.

    ``programmes`` leads from every code and name to the code.
    """
    try:
        columns, lines = tables.read_any(content, columns=COLUMNS)
    except tables.Unreadable as error:
        return [], [error.problem]
    if not columns >= NEEDED:
        return [], [
            Problem(
                1,
                _(
                    "The first row must have the headings programme (项目), day (服务日期), redemption (核销编号) and "
                    "yuan (金额); voucher_number (券号) may be there."
                ),
            )
        ]
    problems = [problem for line in lines for problem in _problems(line, month=month, today=today, known=programmes)]
    return ([] if problems else [_claim(line, programmes) for line in lines]), problems


def _claim(line: Line, programmes: Mapping[str, str]) -> Named:
    day, fen = day_of(line.get("day")), fen_of(line.get("amount"))
    assert day is not None and fen is not None
    return Named(line.row, programmes[line.get("programme")], day, line.get("key"), fen, line.get("voucher").upper())


def _problems(line: Line, *, month: date, today: date, known: Mapping[str, str]) -> Iterator[Problem]:
    """Return one problem at most."""
    text = _problem_of_day(day_of(line.get("day")), month=month, today=today)
    if text is None and line.get("programme") not in known:
        text = _("There is no programme “%(programme)s”.") % {"programme": line.get("programme")[:40]}
    if text is None and not KEY.fullmatch(line.get("key")):
        text = _("The number of the redemption must have 1 to 64 letters, figures or signs, without spaces.")
    if text is None and not 1 <= (fen_of(line.get("amount")) or 0) <= MOST_FEN:
        text = _("The amount must be yuan above zero, such as 120.00.")
    if text is None and not VOUCHER.fullmatch(line.get("voucher")):
        text = _("This is no voucher number. Leave it empty when you do not have it.")
    if text is not None:
        yield Problem(line.row, text)


def _problem_of_day(day: date | None, *, month: date, today: date) -> str | Promise | None:
    if day is None:
        return _("The day must be one such as 2026-03-16.")
    if month_of(day) != month:
        return _("This day is not in the month of the file.")
    return _("This day has not come yet.") if day > today else None


def fen_of(text: str) -> int | None:
    """Read an amount in yuan as people write it; None for anything else."""
    found = YUAN.fullmatch("".join(plain_text(text).split()))
    if found is None:
        return None
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))
