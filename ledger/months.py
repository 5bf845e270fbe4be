"""Calendar months as the ledger names them: the first day stands for the month."""

from datetime import date


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def month_text(month: date) -> str:
    """Return "2026-10"."""
    return month.isoformat()[:7]


def parse_month(text: str) -> date:
    """Return the month named "2026-10". Raises ValueError for anything else."""
    if len(text) != 7:
        raise ValueError(f"not a month: {text!r}")
    return date.fromisoformat(f"{text}-01")
