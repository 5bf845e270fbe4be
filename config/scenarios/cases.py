"""Moves as cases in a story: asked for, agreed to, argued about and put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts import selectors as places
from accounts.models import Resident
from accounts.stamps import Stamp
from config.scenarios.arguments import Arguments, EventLine, a_day, a_resident, a_text, residents, yes_or_no
from config.scenarios.stage import Act, Stage
from vouchers.cases import Party, Step
from vouchers.models import Move
from vouchers.services import cases
from vouchers.services.moving import MoveOrder

VERBS: dict[str, Arguments] = {
    "request_move": (
        {"request_move": a_resident, "to": a_text},
        {"effective": a_day, "with": residents, "confirmed": yes_or_no},
    ),
    "confirm_move": ({"confirm_move": a_resident}, {}),
    "dispute_move": ({"dispute_move": a_resident}, {}),
    "reject_move": ({"reject_move": a_resident}, {}),
    "withdraw_move": ({"withdraw_move": a_resident}, {}),
    "take_back_move": ({"take_back_move": a_resident, "of": a_day}, {}),
    "correct_move": (
        {"correct_move": a_resident, "of": a_day},
        {"to": a_text, "effective": a_day, "confirmed": yes_or_no},
    ),
    "time_out_moves": ({"time_out_moves": yes_or_no}, {}),
}


def request(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Ask for a move: of one person, or of a household that moves ``with`` the first."""
    people = [event.values["request_move"], *event.values.get("with", ())]
    cases.request(
        orders=[
            MoveOrder(
                resident=stage.residents[name],
                to=event.values["to"],
                effective_on=event.values.get("effective", event.day),
            )
            for name in people
        ],
        confirmed=event.values.get("confirmed", False),
        stamp=stamp,
    )


def step(verb: str, taken: Step, party: Party) -> Act:
    """Return what takes a step in the open case of a person, on behalf of one party."""

    def act(stage: Stage, event: EventLine, stamp: Stamp) -> None:
        move = _open_case(stage.residents[event.values[verb]])
        cases.act(move=move, step=taken, parties={party}, stamp=stamp)

    return act


def take_back(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Annul any move that stands, the last or not."""
    cases.act(move=_named(stage, event), step=Step.ANNULLED, parties={Party.CITY}, stamp=stamp)


def correct(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    cases.correct(
        move=_named(stage, event),
        to=event.values.get("to"),
        effective_on=event.values.get("effective"),
        confirmed=event.values.get("confirmed", True),
        parties={Party.CITY},
        stamp=stamp,
    )


def time_out(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Take silence for agreement where the clock ran out before the day."""
    cases.time_out(moves=list(Move.objects.overdue(day=event.day)), stamp=stamp)


def _named(stage: Stage, event: EventLine) -> Move:
    return cases.standing_on(resident=stage.residents[event.values[event.verb]], day=event.values["of"])


def _open_case(resident: Resident) -> Move:
    """Return the case that waits. Raises NoOpenCase."""
    move = cases.open_case(resident)
    if move is None:
        raise cases.NoOpenCase(resident=resident.name)
    return move


ACTS: Mapping[str, Act] = {
    "request_move": request,
    "confirm_move": step("confirm_move", Step.CONFIRMED, Party.RECEIVING),
    "dispute_move": step("dispute_move", Step.DISPUTED, Party.RECEIVING),
    "reject_move": step("reject_move", Step.REJECTED, Party.CITY),
    "withdraw_move": step("withdraw_move", Step.WITHDRAWN, Party.REQUESTER),
    "take_back_move": take_back,
    "correct_move": correct,
    "time_out_moves": time_out,
}


def _residences(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    """Return where everybody lived, as believed at the end; who has yet to be confirmed says so."""
    known = places.spells_by_resident(resident.pk for resident in stage.residents.values())
    return {
        name: [
            {
                "district": spell.district_id,
                "since": f"{spell.start}",
                **({"until": f"{spell.end}"} if spell.end else {}),
                **({} if spell.confirmed else {"confirmed": False}),
            }
            for spell in known[resident.pk]
        ]
        for name, resident in sorted(stage.residents.items())
    }


PARTS = {"residences": _residences}
