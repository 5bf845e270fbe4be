"""Which of a resident's vouchers of one programme counts on a day. Pure: windows in, one of them or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar

from accounts.refusals import Refused
from vouchers.refusals import Died, Duplicate, Expired, LeftArea, NotValidYet, NoVoucher, Revoked

#: After these ends, what was used before may still be claimed.
CLAIMED_LATER = ("died", "left")


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
    """Return the voucher in use on ``day``, the active one first.

    Also one that its holder's death or leaving ended, for a day before that. Raises NoVoucher, NotValidYet, Expired,
    Revoked, Died, LeftArea or MergedPerson.
    """
    if not windows:
        raise NoVoucher(resident=resident, programme=programme)
    covering = [window for window in windows if window.valid_from <= day < window.valid_until]
    if not covering:
        raise _outside(day, windows=windows)
    chosen = min(covering, key=lambda window: window.end_reason is not None)
    if chosen.end_reason and not was_used_before(chosen, day=day):
        raise refusal_by_end(chosen, resident=resident, day=day)
    return chosen


def was_used_before(window: Window, *, day: date) -> bool:
    """Say whether ``day`` lies before the death or the leaving that ended a voucher: it can still be claimed for."""
    return window.end_reason in CLAIMED_LATER and window.ended_on is not None and day < window.ended_on


def refusal_by_end(window: Window, *, resident: str, day: date | None = None) -> Refused:
    """Return why nothing can be done with a voucher that ended."""
    if window.end_reason == "expired":
        return Expired(valid_until=window.valid_until, day=day or window.valid_until)
    refusal = {"revoked": Revoked, "died": Died, "left": LeftArea, "merged": Duplicate}[window.end_reason or ""]
    return refusal(resident=resident, day=window.ended_on, ended_on=window.ended_on)


def _outside(day: date, *, windows: Sequence[W]) -> NotValidYet | Expired:
    first = min(window.valid_from for window in windows)
    if day < first:
        return NotValidYet(valid_from=first, day=day)
    return Expired(valid_until=max(window.valid_until for window in windows if window.valid_until <= day), day=day)
