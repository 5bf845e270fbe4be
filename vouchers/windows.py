"""Which of a resident's vouchers of one programme counts on a day. Pure: windows in, one of them or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar

from vouchers.refusals import Expired, NotValidYet, NoVoucher, Revoked


class Window(Protocol):
    """A voucher as issued: ``[valid_from, valid_until)``, and how it ended, if it did."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date: ...
    @property
    def end_reason(self) -> str | None: ...
    @property
    def ended_on(self) -> date | None: ...


W = TypeVar("W", bound=Window)


def usable_on(day: date, *, windows: Sequence[W], resident: str, programme: str) -> W:
    """Return the voucher in use on ``day``, the active one first. Raises NoVoucher, NotValidYet, Expired or Revoked."""
    if not windows:
        raise NoVoucher(resident=resident, programme=programme)
    covering = [window for window in windows if window.valid_from <= day < window.valid_until]
    if not covering:
        raise _outside(day, windows=windows)
    chosen = min(covering, key=lambda window: window.end_reason is not None)
    if chosen.end_reason == "revoked":
        raise Revoked(ended_on=chosen.ended_on, day=day)
    if chosen.end_reason == "expired":
        raise Expired(valid_until=chosen.valid_until, day=day)
    return chosen


def _outside(day: date, *, windows: Sequence[W]) -> NotValidYet | Expired:
    first = min(window.valid_from for window in windows)
    if day < first:
        return NotValidYet(valid_from=first, day=day)
    return Expired(valid_until=max(window.valid_until for window in windows if window.valid_until <= day), day=day)
