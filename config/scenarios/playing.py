"""Playing a story through the same services as everything else, on a database that is otherwise empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict

from accounts.models import District, Role, User
from accounts.refusals import Refused
from accounts.services.places import found_authority, found_district
from accounts.services.residents import register
from accounts.stamps import Stamp
from config.scenarios import visits
from config.scenarios.arguments import EventLine
from config.scenarios.slices import SLICES
from config.scenarios.stage import Act, Stage
from config.scenarios.story import ProgrammeLine, ProviderLine, Story
from ledger import netting
from ledger import selectors as books
from ledger.months import month_text
from ledger.services.periods import close_period, settle_period
from vouchers.models import Programme, Provider, ProviderKind, Sector, Voucher
from vouchers.services.catalogue import save_programme, save_provider, set_visit_terms
from vouchers.services.ending import expire, revoke
from vouchers.services.issuing import issue
from vouchers.services.moving import annul_move, move
from vouchers.services.redeeming import redeem, reverse


class Refusal(TypedDict):
    event: int
    code: str


def play(story: Story) -> dict[str, Any]:
    """Play every event in order and return the state that comes out (design of the output: docs/scenarios.md)."""
    stage = _set(story)
    refusals: list[Refusal] = []
    as_of = date.min
    for number, event in enumerate(story.events, start=1):
        as_of = max(as_of, event.posted)
        stamp = Stamp(by=stage.author, booked_on=event.posted, as_of=as_of)
        try:
            ACTS[event.verb](stage, event, stamp)
        except Refused as refusal:
            refusals.append({"event": number, "code": refusal.code})
    return {**_state(stage), **_further_parts(story, stage), "refusals": refusals}


def _set(story: Story) -> Stage:
    author, approver = (
        User.objects.create(username=f"scenario-{part}", role=Role.CITY_ADMINISTRATOR)
        for part in ("author", "approver")
    )
    stage = Stage(author, approver)
    for district in story.districts:
        found_district(code=district.code, name_zh=district.name, name_en=district.name)
    for district in story.districts:
        if not District.objects.filter(pk=district.pool).exists():
            found_authority(code=district.pool, name_zh=district.pool, name_en=district.pool)
        District.objects.filter(pk=district.code).update(pool=district.pool)
    districts = District.objects.in_bulk()
    for person in story.residents:
        stamp = Stamp(by=author, booked_on=person.since, as_of=person.since)
        stage.residents[person.id] = register(
            name=person.id, district=districts[person.lives_in], since=person.since, born_on=person.born, stamp=stamp
        )
    for programme in story.programmes:
        stage.programmes[programme.code] = _programme(programme, author)
    for provider in story.providers:
        stage.providers[provider.id] = _provider(provider, districts[provider.district], stage)
    return stage


def _programme(line: ProgrammeLine, author: User) -> Programme:
    start, end = line.valid
    programme = Programme(
        code=line.code,
        name_zh=line.code,
        name_en=line.code,
        sector=line.code if line.code in Sector.values else Sector.EDUCATION,
        annual_fen=line.annual_fen,
        valid_from=start,
        valid_until=end,
        cost_rule=line.cost_rule,
        funded_by=line.funded_by,
        count_days=dict(line.count_days),
        at_birth=line.at_birth,
        visits=line.visits,
    )
    stamp = Stamp(by=author, booked_on=start, as_of=start)
    save_programme(programme=programme, stamp=stamp)
    for since, terms in line.visit_terms:
        set_visit_terms(programme=programme, since=since, terms=terms, stamp=stamp)
    return programme


def _provider(line: ProviderLine, district: District, stage: Stage) -> Provider:
    provider = Provider(code=line.id, name_zh=line.id, name_en=line.id, kind=ProviderKind.OFFICE, district=district)
    stamp = Stamp(by=stage.author, booked_on=date.min, as_of=date.min)
    return save_provider(
        provider=provider, programmes=[stage.programmes[code] for code in line.programmes], stamp=stamp
    )


def _issue(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    start, end = event.values.get("valid", (None, None))
    issue(
        resident=stage.residents[event.values["to"]],
        programme=stage.programmes[event.values["issue"]],
        fen=event.values.get("fen"),
        valid_from=start,
        valid_until=end,
        day=event.day,
        stamp=stamp,
    )


def _redeem(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    redeem(
        resident=stage.residents[event.values["by"]],
        programme=stage.programmes[event.values["redeem"]],
        provider=stage.providers[event.values["at"]],
        fen=event.values["fen"],
        key=event.values["key"],
        bill=visits.bill_of(event),
        day=event.day,
        stamp=stamp,
    )


def _reverse(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    reverse(key=event.values["reverse"], day=event.day, stamp=stamp)


def _move(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    resident = stage.residents[event.values["move"]]
    move(resident=resident, to=event.values["to"], effective_on=event.day, stamp=stamp)


def _annul_move(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    resident = stage.residents[event.values["annul_move"]]
    annul_move(resident=resident, effective_on=event.values["of"], stamp=stamp)


def _revoke(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    revoke(
        resident=stage.residents[event.values["of"]],
        programme=stage.programmes[event.values["revoke"]],
        day=event.day,
        stamp=stamp,
    )


def _close(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    close_period(month=event.values["close"], approved_by=stage.approver, stamp=stamp)


def _settle(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    settle_period(month=event.values["settle"], approved_by=stage.approver, stamp=stamp)


def _expire(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    due = Voucher.objects.active().valid_until_at_most(event.values["expire"]).order_by("pk")
    expire(voucher_ids=list(due.values_list("pk", flat=True)), stamp=stamp)


PLAIN_ACTS: Mapping[str, Act] = {
    "issue": _issue,
    "redeem": _redeem,
    "reverse": _reverse,
    "move": _move,
    "annul_move": _annul_move,
    "revoke": _revoke,
    "close": _close,
    "settle": _settle,
    "expire": _expire,
}
ACTS: Mapping[str, Act] = {**PLAIN_ACTS, **{verb: act for one in SLICES for verb, act in one.ACTS.items()}}


def _state(stage: Stage) -> dict[str, Any]:
    by_month = books.obligations_by_month()
    return {
        "vouchers": _vouchers(stage),
        "books": dict(sorted(books.books().items())),
        "obligations": {month_text(month): [o._asdict() for o in owed] for month, owed in by_month.items()},
        "positions": {month_text(month): netting.positions(owed) for month, owed in by_month.items()},
    }


def _further_parts(story: Story, stage: Stage) -> dict[str, Any]:
    """Return what the slices add for a story that uses their verbs or expects their parts."""
    verbs = {event.verb for event in story.events}
    return {
        name: part(stage)
        for one in SLICES
        for name, part in one.PARTS.items()
        if name in story.expect or verbs & one.VERBS.keys()
    }


def _vouchers(stage: Stage) -> dict[str, dict[str, Any]]:
    names = {resident.pk: name for name, resident in stage.residents.items()}
    rows = Voucher.objects.select_related("programme", "holder", "ending")
    found = {
        f"{names[voucher.resident_id]}/{voucher.programme.code}/{voucher.valid_from}": {
            "amount_fen": voucher.amount_fen,
            "spent_fen": voucher.spent_fen,
            "remaining_fen": voucher.remaining_fen,
            "payer": voucher.payer,
            "status": voucher.status,
        }
        for voucher in rows
    }
    return dict(sorted(found.items()))
