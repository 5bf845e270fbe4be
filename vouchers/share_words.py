"""What two authorities bear on either side of a move, in a sentence: by days, by head-count days or by use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import SUSPENSE, Authority
from accounts.words import in_words, yuan_in_figures
from vouchers.explaining import Tail, Term


def shared_at(day: date, *, terms: Sequence[Term], names: Mapping[str, Authority]) -> str:
    """Say who bears what before ``day`` and from then on; nothing where the payer stays or the first one bears it all.

    ``terms`` are those of the plan, in order of time.
    """
    for before, after in pairwise(terms):
        if after.here.day == day:
            return _shared(before, after, names=names)
    return ""


def authority_in_words(authority: Authority) -> str:
    """Name an authority at the beginning of a sentence. What no district has agreed to yet, the city pays and bears."""
    return pgettext("who pays or decides", "The city") if authority.code == SUSPENSE else in_words(authority)


def _shared(before: Term, after: Term, *, names: Mapping[str, Authority]) -> str:
    boundary = after.here
    number = _part(before.here, of=boundary.whole) - boundary.part
    said = {
        "before": authority_in_words(names[before.authority]),
        "after": authority_in_words(names[after.authority]),
        "number": number,
        "rest": boundary.part - _part(after.after, of=boundary.whole),
        "used": yuan_in_figures(before.fen),
    }
    sentence = {
        "days": _by_days(number),
        "count_days": _by_head_count(number),
        "use": _("%(before)s bears what was used until then, %(used)s yuan; %(after)s bears what is used after it."),
    }
    return sentence.get(boundary.basis, "") % said


def _part(tail: Tail, *, of: int) -> int:
    """Return how many of the days counted are left at a tail; all at the first day, none at the last."""
    return {"whole": of, "nothing": 0}.get(tail.basis, tail.part)


def _by_days(number: int) -> str:
    return ngettext(
        "%(before)s bears %(number)d day, %(after)s %(rest)d.",
        "%(before)s bears %(number)d days, %(after)s %(rest)d.",
        number,
    )


def _by_head_count(number: int) -> str:
    return ngettext(
        "%(before)s bears %(number)d head-count day, %(after)s %(rest)d.",
        "%(before)s bears %(number)d head-count days, %(after)s %(rest)d.",
        number,
    )
