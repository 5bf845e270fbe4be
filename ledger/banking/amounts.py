"""Amounts as ISO 20022 files write them: decimal yuan with a point, never through a float."""

import re

CURRENCY = "CNY"
AMOUNT = re.compile(r"\+?(\d{1,16})(?:\.(\d{1,5}))?", re.ASCII)


def amount_text(fen: int) -> str:
    """Return 123456 as "1234.56"; an amount in a file is never negative."""
    assert fen >= 0, fen
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str) -> int:
    """Return "1234.5" as 123450. Raises ValueError for anything else, and for parts of a fen."""
    found = AMOUNT.fullmatch(text)
    if not found:
        raise ValueError(f"not an amount: {text!r}")
    yuan, part = found.group(1), (found.group(2) or "").rstrip("0")
    if len(part) > 2:
        raise ValueError(f"not whole fen: {text!r}")
    return int(yuan) * 100 + int(part.ljust(2, "0"))
