"""What the model does with moves as cases: asks, answers, corrects and takes back whichever move it likes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import Resident, User
from accounts.stamps import Stamp
from tests.model import books
from tests.model.reference import DAY, Claim, Person
from vouchers.cases import Party, Step
from vouchers.services import cases
from vouchers.services.moving import MoveOrder

POOL_OF = {"310101": "310000", "310102": "310000", "320101": "320000", "340101": "340101"}
#: What each state of an open claim may become.
BECOMES = {
    "requested": {
        Step.CONFIRMED: "agreed",
        Step.TIMED_OUT: "agreed",
        Step.DISPUTED: "disputed",
        Step.WITHDRAWN: "over",
    },
    "disputed": {Step.CONFIRMED: "agreed", Step.REJECTED: "over", Step.WITHDRAWN: "over"},
}
ANSWERS = [Step.CONFIRMED, Step.TIMED_OUT, Step.DISPUTED, Step.WITHDRAWN, Step.REJECTED, Step.ANNULLED]
EVERYBODY = frozenset(Party)

names = st.sampled_from(["an", "bo"])
districts = st.sampled_from([*POOL_OF, "310000"])
#: Days are ten apart, from five months ago to six weeks ahead; now and then far too far.
shifts = st.sampled_from([*range(-15, 5), 37])

#: A claim and whose it is.
Owned = tuple[str, Claim]


class CaseRules:
    """Rules for the machine in test_model.py. A case is the claims of those who move together."""

    author: User
    today: date
    people: dict[str, Person]
    residents: dict[str, Resident]
    cases: list[list[Owned]]
    attempt: Callable[[str | None, Callable[[], Any]], Any]

    @property
    def stamp(self) -> Stamp:
        return Stamp(by=self.author, booked_on=self.today, as_of=self.today)

    @rule(owner=names, to=districts, shift=shifts, agreed=st.booleans(), together=st.booleans())
    def asks(self, owner: str, to: str, shift: int, agreed: bool, together: bool) -> None:
        day = self.today + DAY * 10 * shift
        owners = [owner, *(name for name in self.people if together and name != owner)]
        orders = [MoveOrder(resident=self.residents[name], to=to, effective_on=day) for name in owners]
        code = self.why_not_claim(owners, to, day, instead_of=(), asks=True)
        self.attempt(code, lambda: cases.request(orders=orders, confirmed=agreed, stamp=self.stamp))
        if code is None:
            self.claims(owners, Claim(day, to, "agreed" if agreed else "requested"))

    @precondition(lambda self: self.open_claims())
    @rule(data=st.data(), step=st.sampled_from(ANSWERS))
    def answers(self, data: st.DataObject, step: Step) -> None:
        owner, claim = data.draw(st.sampled_from(self.open_claims()))
        self.takes(step, owner, claim)

    @precondition(lambda self: self.open_claims())
    @rule(data=st.data())
    def answers_as_may_be(self, data: st.DataObject) -> None:
        owner, claim = data.draw(st.sampled_from(self.open_claims()))
        self.takes(data.draw(st.sampled_from(list(BECOMES[claim.state]))), owner, claim)

    @precondition(lambda self: self.standing_claims())
    @rule(data=st.data())
    def takes_back(self, data: st.DataObject) -> None:
        """Any move that was agreed, the last or not."""
        owner, claim = data.draw(st.sampled_from(self.standing_claims()))
        move = cases.standing_on(resident=self.residents[owner], day=claim.day)
        self.attempt(
            "step_not_possible" if claim.is_open else None,
            lambda: cases.act(move=move, step=Step.ANNULLED, parties=EVERYBODY, stamp=self.stamp),
        )
        if not claim.is_open:
            self.all_become("over", self.moving_with(claim))

    @precondition(lambda self: self.standing_claims())
    @rule(data=st.data(), to=st.none() | districts, shift=st.none() | shifts, agreed=st.booleans())
    def corrects(self, data: st.DataObject, to: str | None, shift: int | None, agreed: bool) -> None:
        owner, claim = data.draw(st.sampled_from(self.standing_claims()))
        wrong = self.moving_with(claim)
        owners, day = [name for name, _ in wrong], None if shift is None else self.today + DAY * 10 * shift
        right = replace(claim, day=day or claim.day, to=to or claim.to, state="agreed" if agreed else "requested")
        move = cases.standing_on(resident=self.residents[owner], day=claim.day)
        code = self.why_not_claim(owners, right.to, right.day, instead_of=wrong, asks=not agreed)
        self.attempt(
            code,
            lambda: cases.correct(
                move=move, to=to, effective_on=day, confirmed=agreed, parties=EVERYBODY, stamp=self.stamp
            ),
        )
        if code is None:
            self.all_become("over", wrong)
            self.claims(owners, right)

    # What the rules share

    def takes(self, step: Step, owner: str, claim: Claim) -> None:
        becomes = BECOMES[claim.state].get(step)
        move = cases.open_case(self.residents[owner])
        assert move is not None
        assert move.effective_on == claim.day
        self.attempt(
            None if becomes else "step_not_possible",
            lambda: cases.act(move=move, step=step, parties=EVERYBODY, stamp=self.stamp),
        )
        if becomes:
            self.all_become(becomes, self.moving_with(claim))

    def claims(self, owners: Sequence[str], claim: Claim) -> None:
        """Let each of them have the claim, as one case."""
        case = [(name, replace(claim)) for name in owners]
        self.cases.append(case)
        for name, own in case:
            self.people[name].claims.append(own)

    def all_become(self, state: str, case: Sequence[Owned]) -> None:
        for _, claim in case:
            claim.state = state

    def moving_with(self, claim: Claim) -> list[Owned]:
        """Return what still stands of a claim's case."""
        case = next(case for case in self.cases if any(own is claim for _, own in case))
        return [(name, own) for name, own in case if own.state != "over"]

    def standing_claims(self) -> list[Owned]:
        return [(name, claim) for name, person in self.people.items() for claim in person.standing]

    def open_claims(self) -> list[Owned]:
        return [(name, claim) for name, claim in self.standing_claims() if claim.is_open]

    def why_not_claim(
        self, owners: Sequence[str], to: str, day: date, *, instead_of: Sequence[Owned], asks: bool
    ) -> str | None:
        """Return what stands in the way of a claim: of a question to the new district also that another is open."""
        replaced = [id(claim) for _, claim in instead_of]
        others = [claim for name, claim in self.open_claims() if name in owners and id(claim) not in replaced]
        if asks and others:
            return "case_open"
        found = (self.why_not_move(self.people[name], to, day, replaced=replaced) for name in owners)
        return next((code for code in found if code), None)

    def why_not_move(self, person: Person, to: str, day: date, *, replaced: Sequence[int]) -> str | None:
        without = replace(person, claims=[claim for claim in person.standing if id(claim) not in replaced])
        return (
            "not_a_member" if to not in POOL_OF
            else "too_far_ahead" if day > self.today + DAY * 366
            else "before_first_residence" if day <= person.since
            else "same_district" if without.lives_in(day, as_of=day) == to
            else "day_taken" if any(claim.day == day for claim in without.claims)
            else None
        )  # fmt: skip

    def clocks_ran_out(self) -> None:
        """Silence is agreement once the clock has run out, which the books tell."""
        overdue = books.requests_overdue(self.today)
        for name, claim in self.open_claims():
            if claim.state == "requested" and (self.residents[name].pk, claim.day) in overdue:
                claim.state = "agreed"
