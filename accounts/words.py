"""Amounts, days and months as this project writes them, in both languages."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language, ngettext

MINUS = "\N{MINUS SIGN}"
#: How the ledger writes a month for machines.
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def is_chinese() -> bool:
    """Say whether the page being made is in Chinese."""
    return (get_language() or "").startswith("zh")


def yuan_in_figures(fen: int) -> str:
    """Write fen as yuan with two decimals: 123456 is 1,234.56, with a real minus sign."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{MINUS if fen < 0 else ''}{yuan:,}.{rest:02d}"


def local_day(value: date | datetime) -> date:
    """Return the day in the service's own time zone."""
    if isinstance(value, datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    return value


def day_in_words(value: date | datetime) -> str:
    """Write a day: 2026年3月16日 or 16 March 2026."""
    day = local_day(value)
    if is_chinese():
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_in_words(value: date | datetime) -> str:
    """Write a month: 2026年10月 or October 2026."""
    day = local_day(value)
    if is_chinese():
        return f"{day.year}年{day.month}月"
    return f"{MONTHS[day.month - 1]} {day.year}"


def moment_in_words(value: datetime) -> str:
    """Write a day and the time of day to the minute: 2026年3月16日 14:05."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day_in_words(local)}{' ' if is_chinese() else ', '}{local:%H:%M}"


def duration_in_words(seconds: float) -> str:
    """Write how long something takes or is ago, in its largest whole unit from one minute to days: 3 minutes."""
    minutes = max(1, int(seconds // 60))
    if minutes < 120:
        return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
    return ngettext("%(days)s day", "%(days)s days", hours // 24) % {"days": hours // 24}


def in_words(value: object) -> str:
    """Write a day, a month (2026-10) or a thing with two names for people; anything else as it is."""
    if isinstance(value, date):
        return day_in_words(value)
    if isinstance(value, str) and MONTH.fullmatch(value):
        return month_in_words(date.fromisoformat(f"{value}-01"))
    first, second = ("name_zh", "name_en") if is_chinese() else ("name_en", "name_zh")
    return str(getattr(value, first, "") or getattr(value, second, "") or value)


def joined(*sentences: str) -> str:
    """Put whole sentences behind one another, with a space where the language has one; empty ones fall away."""
    return ("" if is_chinese() else " ").join(filter(None, sentences))


def name_masked(name: str) -> str:
    """Show no more of a name than a clerk needs to greet somebody: 林小雨 becomes 林**."""
    return f"{name[:1]}**"


def in_fours(number: str) -> str:
    """Write a long number in groups of four, as people read it aloud: TH3K 7M2P …"""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
