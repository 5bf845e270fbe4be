"""One voucher from its issue to now, for staff and auditors: rows, residences, plan and books side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.models import Authority
from accounts.permissions import Act, allowed_to, may, signed_in
from accounts.stamps import Stamp
from ledger.models import Transfer
from ledger.selectors import authorities_by_code
from ledger.wording import event_in_words
from vouchers.explaining import Term
from vouchers.forms.knowing import KnowingForm
from vouchers.models import ContributionAccount, Voucher
from vouchers.models.insurance import FIRST_SUBJECT
from vouchers.move_words import Voice, move_in_words
from vouchers.plan_words import rule_in_words, tail_in_words
from vouchers.portability import Plan
from vouchers.row_words import teller
from vouchers.services.planning import Books, books_of
from vouchers.services.tracing import MadePlan, trace


class Share(NamedTuple):
    """What one authority bears and holds of a voucher, by the plan and by the books, in fen."""

    authority: Authority
    planned_fen: int
    borne_fen: int
    held_fen: int
    is_payer: bool

    @property
    def agrees(self) -> bool:
        return self.planned_fen == self.borne_fen


@allowed_to(Act.SEE_STORIES)
def voucher_by_id(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead from a ledger row's subject, which is all that the ledger knows, to the story."""
    user = signed_in(request)
    if pk > FIRST_SUBJECT:
        accounts = ContributionAccount.objects.visible_to(user).select_related("resident")
        account = get_object_or_404(accounts, pk=pk - FIRST_SUBJECT)
        return redirect("resident_insurance", account.resident.number)
    voucher = get_object_or_404(Voucher.objects.visible_to(user), pk=pk)
    return redirect("voucher_story", voucher.number)


@allowed_to(Act.SEE_STORIES)
def voucher_story(request: HttpRequest, number: str) -> HttpResponse:
    user = signed_in(request)
    found = Voucher.objects.visible_to(user).select_related("resident", "programme", "holder__authority", "ending")
    voucher = get_object_or_404(found, number=number)
    traced = trace(voucher=voucher, user=user, as_of=Stamp.today(user).as_of)
    rows = traced.rows
    open_to_user = set(Transfer.objects.visible_to(user).filter(subject=voucher.pk).values_list("pk", flat=True))
    tell = teller(rows)
    names = authorities_by_code()
    today = traced.plans[-1]
    voice = Voice(voucher.resident.name, own=False, today=today.as_of)
    shares = _shares(plan=today.plan, books=books_of([voucher])[voucher.pk], names=names)
    return render(
        request,
        "vouchers/story.html",
        {
            "voucher": voucher,
            "sees_residents": may(user, Act.SEE_RESIDENTS),
            "spells": [spell for spell in traced.residences if spell.superseded_at is None],
            "residences": traced.residences,
            "moves": [(move, move_in_words(move, voice=voice)) for move in traced.moves],
            "today": _told(today, names=names),
            "earlier": [_told(made, names=names) for made in traced.plans[:-1]],
            "settlements": [(names[part.debtor], names[part.creditor], part) for part in traced.settlements],
            "shares": shares,
            "agrees": all(share.agrees for share in shares),
            "planned_fen": sum(share.planned_fen for share in shares),
            "borne_fen": sum(share.borne_fen for share in shares),
            "held_fen": sum(share.held_fen for share in shares),
            "lines": [(row, event_in_words(row.event), tell(row), row.pk in open_to_user) for row in rows],
            "knowing": KnowingForm(today=traced.plans[-1].as_of),
        },
    )


class Told(NamedTuple):
    """A plan in words: each term with its authority and the two sentences its figures come from."""

    made: MadePlan
    event: str
    rule: str
    terms: list[tuple[Authority, Term, str, str]]


def _told(made: MadePlan, *, names: Mapping[str, Authority]) -> Told:
    return Told(
        made,
        event_in_words(made.last.event) if made.last else "",
        rule_in_words(made.entitlement),
        [(names[term.authority], term, tail_in_words(term.here), tail_in_words(term.after)) for term in made.terms],
    )


def _shares(*, plan: Plan, books: Books, names: Mapping[str, Authority]) -> list[Share]:
    return [
        Share(
            authority=names[code],
            planned_fen=plan.costs.get(code, 0),
            borne_fen=books.borne.get(code, 0),
            held_fen=books.held.get(code, 0),
            is_payer=code == plan.payer,
        )
        for code in sorted({*plan.costs, *books.borne, *books.held, plan.payer})
    ]
