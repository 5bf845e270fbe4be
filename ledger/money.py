"""Whole fen, and the one place where they are rounded."""


def half_up(*, numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` rounded to the nearest whole, a half away from zero upwards.

    Both are whole numbers and not negative, so no float and no Decimal is needed.
    """
    assert numerator >= 0 and denominator > 0
    return (2 * numerator + denominator) // (2 * denominator)


def yuan_text(fen: int) -> str:
    """Return 123456 as "1,234.56"; negative amounts carry a minus sign."""
    sign = "−" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
