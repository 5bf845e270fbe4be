"""A move in whole sentences: what happened, what becomes of the case, and what can be done if it is wrong.

Each sentence is written out for each case, since what changes between two cases in English is rarely what changes in
Chinese. Who only reads about somebody else is told the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.models import District
from accounts.words import day_in_words, in_words, joined
from vouchers.cases import AGREED, Step
from vouchers.models import Move

Sentence = str | Promise


@dataclass(frozen=True)
class Voice:
    """Speaks on the day ``today``: to the person who moved (``own``), or to somebody else about ``name``."""

    name: str
    own: bool
    today: date


WITHIN, AWAY, BACK = "within", "away", "back"
#: By where to, whether the person is spoken to, and whether it is still to come.
MOVED: Mapping[tuple[str, bool, bool], Sentence] = {
    (WITHIN, True, False): gettext_lazy("On %(day)s you moved from %(origin)s to %(destination)s."),
    (WITHIN, True, True): gettext_lazy("On %(day)s you will move from %(origin)s to %(destination)s."),
    (WITHIN, False, False): gettext_lazy("On %(day)s %(name)s moved from %(origin)s to %(destination)s."),
    (WITHIN, False, True): gettext_lazy("On %(day)s %(name)s will move from %(origin)s to %(destination)s."),
    (AWAY, True, False): gettext_lazy("On %(day)s you moved from %(origin)s to a place outside the area."),
    (AWAY, True, True): gettext_lazy("On %(day)s you will move from %(origin)s to a place outside the area."),
    (AWAY, False, False): gettext_lazy("On %(day)s %(name)s moved from %(origin)s to a place outside the area."),
    (AWAY, False, True): gettext_lazy("On %(day)s %(name)s will move from %(origin)s to a place outside the area."),
    (BACK, True, False): gettext_lazy("On %(day)s you moved to %(destination)s from outside the area."),
    (BACK, True, True): gettext_lazy("On %(day)s you will move to %(destination)s from outside the area."),
    (BACK, False, False): gettext_lazy("On %(day)s %(name)s moved to %(destination)s from outside the area."),
    (BACK, False, True): gettext_lazy("On %(day)s %(name)s will move to %(destination)s from outside the area."),
}
#: How a move came to count no longer, on the day ``over``.
OVER: Mapping[Step, Sentence] = {
    Step.WITHDRAWN: gettext_lazy(
        "A move to %(destination)s on %(day)s was reported. The report was withdrawn on %(over)s. Nothing changed."
    ),
    Step.REJECTED: gettext_lazy(
        "A move to %(destination)s on %(day)s was reported. The city rejected it on %(over)s, so it does not count."
    ),
    Step.ANNULLED: gettext_lazy(
        "A move to %(destination)s was recorded for %(day)s and annulled on %(over)s. It is as if it had never "
        "happened."
    ),
    Step.CORRECTED: gettext_lazy(
        "A move to %(destination)s was recorded for %(day)s and corrected on %(over)s. The move to %(other)s on "
        "%(other_day)s counts instead."
    ),
}
#: What has been answered, on the day ``answered``.
ANSWERED: Mapping[Step, Sentence] = {
    Step.CONFIRMED: gettext_lazy("It was confirmed on %(answered)s."),
    Step.TIMED_OUT: gettext_lazy("%(who)s did not answer in time, so it counts as confirmed since %(answered)s."),
}


def move_in_words(move: Move, *, voice: Voice) -> str:
    """Say what is to be said of a move alone: what happened and what became of it, or why it counts no longer."""
    return over(move) if move.over else joined(moved(move, voice=voice), circumstances(move), answer(move))


def moved(move: Move, *, voice: Voice) -> str:
    """Say in one sentence when who moves from where to where. Needs what ``stories.with_places`` reads along."""
    kind = AWAY if move.destination is None else WITHIN if move.origin else BACK
    return str(MOVED[kind, voice.own, move.effective_on > voice.today]) % {"name": voice.name, **_names(move)}


def over(move: Move) -> str:
    """Say how a move came to count no longer, what it was corrected to included."""
    step = move.over
    assert step is not None
    names = {**_names(move), "over": day_in_words(step.booked_on)}
    if (other := getattr(move, "corrected_by", None)) is not None:
        names |= {"other": place(other.destination), "other_day": day_in_words(other.effective_on)}
    return str(OVER[move.state]) % names


def circumstances(move: Move) -> str:
    """Say what else there is to know of a move that stands: late, in the place of another, with whom."""
    late = _("It was recorded on %(day)s and counts from its own day all the same.")
    instead = _("It takes the place of the move to %(destination)s on %(day)s.")
    return joined(
        instead % _names(move.corrects) if move.corrects else "",
        late % {"day": day_in_words(move.booked_on)} if move.booked_on > move.effective_on else "",
        _others_along(getattr(move, "along", 0)),
    )


def _others_along(number: int) -> str:
    words = ngettext(
        "One more person of the household is part of this move.",
        "%(number)d more people of the household are part of this move.",
        number,
    )
    return words % {"number": number} if number else ""


def answer(move: Move) -> str:
    """Say what was answered to a request, or who has until when to answer; nothing where nobody was asked."""
    steps = list(move.steps.all())
    names = {"who": who_answers(move)}
    if move.state in AGREED:
        answered = str(ANSWERED[move.state]) % {**names, "answered": day_in_words(steps[-1].booked_on)}
        return answered if len(steps) > 1 else ""
    names["day"] = day_in_words(steps[-1].due_on or steps[-1].booked_on)
    if move.state == Step.DISPUTED:
        return _("%(who)s disputes the move, and the city decides by %(day)s.") % names
    return _("%(who)s has until %(day)s to answer; if it says nothing, the move counts as confirmed.") % names


def objection(move: Move) -> str:
    """Tell the person what to do if a move that stands is wrong."""
    if move.is_open:
        return _("If this is not right, correct the report or withdraw it until it is decided.")
    if move.origin is None or move.destination is None:
        return _("If this is not right, tell the district office of %(district)s, at any time.") % {
            "district": place(move.origin or move.destination)
        }
    return _(
        "If this is not right, tell the district office of %(origin)s or of %(destination)s, at any time."
    ) % _names(move)


def place(district: District | None) -> str:
    """Name a district, and what it is part of today; without one it is outside the area."""
    if district is None:
        return _("a place outside the area")
    merger = getattr(district, "merger", None)
    if merger is None:
        return in_words(district)
    return _("%(old)s (now %(new)s)") % {"old": in_words(district), "new": in_words(merger.successor)}


def who_answers(move: Move) -> str:
    """Name who is asked: the district moved to, or the city where there is none."""
    return in_words(move.destination) if move.destination else pgettext("who pays or decides", "The city")


def _names(move: Move) -> dict[str, Any]:
    return {
        "origin": place(move.origin),
        "destination": place(move.destination),
        "day": day_in_words(move.effective_on),
    }
