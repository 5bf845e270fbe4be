"""Making the demonstration city: whole, or not at all."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from accounts.models import Authority, Resident
from accounts.stamps import Stamp
from config.demo.checking import check
from config.demo.figures import read_figures
from config.demo.founding import City, found, settle
from config.demo.happenings import imagine
from config.demo.playing import acts, play
from config.demo.progress import Progress
from config.demo.timeline import Timeline
from vouchers.models import Programme
from vouchers.services.daily import ask_for_the_day

RESIDENTS = 2_000
SEED = "tonghui"


def holds_data() -> bool:
    """Return whether somebody works with this database already."""
    return any(model.objects.exists() for model in (Authority, Resident, Programme))


@transaction.atomic
def seed_city(*, today: date, progress: Progress, residents: int = RESIDENTS, seed: str = SEED) -> City:
    """Make the city as it stands on ``today``. The same seed, day and number of residents give the same books."""
    figures, timeline = read_figures(), Timeline(today)
    year = imagine(number=residents, figures=figures, timeline=timeline, seed=seed)
    city = found(figures=figures, timeline=timeline)
    found_acts = acts(city, year=year, figures=figures, timeline=timeline)
    progress.expect(len(year.people) + len(found_acts))
    settle(city, year=year, timeline=timeline, progress=progress)
    play(found_acts, city=city, progress=progress)
    ask_for_the_day(stamp=Stamp(by=None, booked_on=today, as_of=today))
    check(timeline)
    return city
