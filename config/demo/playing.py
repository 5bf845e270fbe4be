"""Playing the year: every happening on the day it was recorded, through the services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from accounts.stamps import Stamp
from config.demo import cases, claims, founding, insurance, settling
from config.demo.acts import Act, Rank
from config.demo.figures import Benefit, Figures
from config.demo.founding import City
from config.demo.happenings import Relocation, Revocation, Visit, Year
from config.demo.progress import Progress
from config.demo.timeline import Timeline, Window
from ledger.months import month_text
from vouchers import selectors
from vouchers.services.ending import expire, revoke
from vouchers.services.issuing import Offer, issue_many
from vouchers.services.moving import MoveOrder, annul_move, move_many
from vouchers.services.redeeming import redeem, reverse


def acts(city: City, *, year: Year, figures: Figures, timeline: Timeline) -> list[Act]:
    """Return all that is done until today, in the order in which it was recorded."""
    found = [
        *_windows(city, year=year, figures=figures, timeline=timeline),
        *settling.months(city, timeline=timeline),
        *claims.deeds(city, timeline=timeline),
        *_relocations(city, year=year),
        *_visits(city, year=year),
        *(Act(gone.day, Rank.REVOKE, partial(_revoke, city, gone)) for gone in year.revocations),
        *(Act(day, Rank.CASE, deed) for day, deed in cases.deeds(city, year=year, timeline=timeline)),
        *(Act(day, Rank.INSURE, deed) for day, deed in insurance.deeds(city, year=year, timeline=timeline)),
    ]
    assert all(act.booked_on <= timeline.today for act in found)
    return sorted(found, key=lambda act: act[:2])


def play(found: list[Act], *, city: City, progress: Progress) -> None:
    """Do everything. Nothing is refused: a refusal is a mistake of the demonstration and ends it."""
    for act in found:
        act.deed(Stamp(by=city.author, booked_on=act.booked_on, as_of=act.booked_on))
        progress.step(f"playing {month_text(act.booked_on)}")


def _windows(city: City, *, year: Year, figures: Figures, timeline: Timeline) -> Iterator[Act]:
    first, present = timeline.windows
    for window in (first, present):
        yield Act(window.start, Rank.OPEN_WINDOW, partial(_open_window, city, benefits=figures.benefits, window=window))
        for benefit in figures.benefits:
            yield Act(window.start, Rank.ISSUE, partial(_issue, city, year=year, benefit=benefit, window=window))
    for programme in city.programmes.values():
        expired_on = first.end + timedelta(days=programme.late_claim_days)
        yield Act(expired_on, Rank.EXPIRE, partial(_expire, city, code=programme.code))


def _open_window(city: City, stamp: Stamp, *, benefits: Sequence[Benefit], window: Window) -> None:
    founding.open_window(city, benefits=benefits, window=window, stamp=stamp)


def _issue(city: City, stamp: Stamp, *, year: Year, benefit: Benefit, window: Window) -> None:
    """Issue one programme to everybody it is for, an amount at a time."""
    receivers: dict[int, list[int]] = defaultdict(list)
    for resident, person in zip(city.residents, year.people, strict=True):
        annual_fen = benefit.annual_fen_for(born_on=person.born_on, supported=person.supported, day=window.start)
        if annual_fen:
            receivers[annual_fen].append(resident.pk)
    for annual_fen, resident_ids in sorted(receivers.items()):
        offer = Offer.of(city.programmes[benefit.code], fen=window.share(annual_fen))
        issue_many(resident_ids=resident_ids, offer=offer, day=window.start, stamp=stamp)


def _expire(city: City, stamp: Stamp, *, code: str) -> None:
    due = selectors.past_the_deadline(programme=city.programmes[code], day=stamp.booked_on)
    expire(voucher_ids=list(due.values_list("pk", flat=True)), stamp=stamp)


def _relocations(city: City, *, year: Year) -> Iterator[Act]:
    for relocation in year.relocations:
        going = relocation.going
        yield Act(going.booked_on, Rank.MOVE, partial(_move, city, relocation))
        if going.annulled_on:
            yield Act(going.annulled_on, Rank.ANNUL, partial(_annul, city, relocation))


def _move(city: City, relocation: Relocation, stamp: Stamp) -> None:
    going = relocation.going
    orders = [
        MoveOrder(resident=city.residents[person], to=going.to, effective_on=going.effective_on)
        for person in relocation.people
    ]
    for refusal in move_many(orders=orders, stamp=stamp).refused.values():
        raise refusal


def _annul(city: City, relocation: Relocation, stamp: Stamp) -> None:
    for person in relocation.people:
        annul_move(resident=city.residents[person], effective_on=relocation.going.effective_on, stamp=stamp)


def _visits(city: City, *, year: Year) -> Iterator[Act]:
    for number, visit in enumerate(year.visits, start=1):
        key = f"{visit.provider}:{visit.day:%Y%m%d}:{number}"
        yield Act(visit.booked_on, Rank.VISIT, partial(_redeem, city, visit, key))
        if visit.reversed_on:
            yield Act(visit.reversed_on, Rank.REVERSE, partial(_reverse, city, visit, key))


def _redeem(city: City, visit: Visit, key: str, stamp: Stamp) -> None:
    redeem(
        resident=city.residents[visit.person],
        programme=city.programmes[visit.programme],
        provider=city.providers[visit.provider],
        fen=visit.fen,
        day=visit.day,
        key=key,
        stamp=_at_the_counter(city, visit, stamp),
    )


def _reverse(city: City, visit: Visit, key: str, stamp: Stamp) -> None:
    reverse(key=key, day=stamp.booked_on, stamp=_at_the_counter(city, visit, stamp))


def _at_the_counter(city: City, visit: Visit, stamp: Stamp) -> Stamp:
    """Return the stamp of the provider's own clerk."""
    return Stamp(by=city.clerks[visit.provider], booked_on=stamp.booked_on, as_of=stamp.as_of)


def _revoke(city: City, gone: Revocation, stamp: Stamp) -> None:
    revoke(resident=city.residents[gone.person], programme=city.programmes[gone.programme], day=gone.day, stamp=stamp)
