"""What is watched of prefunds: how much of them is in use. docs/operations.md has a section for it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.prefunds import Level, level
from ledger.selectors.prefunds import highest_use
from ledger.signs import Finding, Mood, sign

MOODS = {Level.CALM: Mood.GOOD, Level.YELLOW: Mood.WARN, Level.RED: Mood.ALARM}


@sign(
    "prefund_use",
    gettext_lazy("Prefunds in use"),
    gauge="prefund_use_percent",
    meaning="The largest share of a prefund that is in use, in percent.",
    measure=highest_use,
)
def prefund_use(percent: float | None) -> Finding:
    if percent is None:
        return Finding(Mood.GOOD, _("Nobody holds a prefund."))
    mood = MOODS[level(used_fen=int(percent), prefund_fen=100)]
    sentence = _("Of the prefund that is used most, %(percent)s %% is in use.") % {"percent": int(percent)}
    what_next = _("See on the page Prefunds whose it is, and have it topped up or what it owes paid.")
    return Finding(mood, sentence, "" if mood is Mood.GOOD else what_next)
