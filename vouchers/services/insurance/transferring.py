"""Passing an account on: applied for, agreed, sent, received, each within its working days; or rejected.

Inside one pool all is done at once and no money moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NoReturn

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import District
from accounts.refusals import Refused
from accounts.stamps import Stamp
from accounts.working_days import working_days_after
from vouchers.insurance.parameters import DAYS_UNTIL_NEXT, NEXT_STEPS
from vouchers.insurance.parameters import Step as PureStep
from vouchers.models import AccountKind, ContributionAccount, InsuranceCase, InsuranceCaseStep, InsurancePassage
from vouchers.models.insurance import Step
from vouchers.services.insurance.booking import lock_insured, settle
from vouchers.services.insurance.contributing import AccountPassedOn, BeforeOpening
from vouchers.services.insurance.facts import facts_of, relationship_of, share_on, stand_in_their_pools
from vouchers.services.insurance.joining import add_account, stays
from vouchers.services.planning import Cause


class NoSurrender(Refused):
    code = "no_surrender"
    sentence = _(
        "An individual account is not paid out in cash before the pension. It moves with %(resident)s to the next "
        "place, whole, with all its years."
    )


class TransferOpen(Refused):
    code = "transfer_open"
    sentence = _("A transfer to %(district)s was applied for on %(since)s and is not finished. End that one first.")


class SamePlace(Refused):
    code = "same_place"
    sentence = _("Account %(number)s is in %(district)s already.")


class RelationshipStays(Refused):
    code = "relationship_stays"
    sentence = _(
        "At this age the relationship of %(resident)s stays in %(pool)s. Contributions elsewhere go to a temporary "
        "account until the pension is drawn."
    )


class TemporaryAccount(Refused):
    code = "temporary_account"
    sentence = _("Account %(number)s is temporary. It can only join the relationship, in %(pool)s.")


class StepNotPossible(Refused):
    code = "step_not_possible"
    sentence = _("The transfer stands at: %(step)s. This step does not come next.")


class StepAhead(Refused):
    code = "day_ahead"
    sentence = _("%(day)s has not come yet. A step is recorded on its day or later.")


class StepOutOfOrder(Refused):
    code = "step_out_of_order"
    sentence = _("The step before was taken on %(day)s. This one cannot be earlier.")


def surrender(*, account: ContributionAccount) -> NoReturn:
    """Refuse to pay an account out. Raises NoSurrender."""
    raise NoSurrender(resident=account.resident.name)


@transaction.atomic
def apply_for_transfer(
    *, account: ContributionAccount, to: District, day: date, stamp: Stamp, scheme: str = ""
) -> InsuranceCase:
    """Ask for an account to be passed on to ``to``, into ``scheme`` when schemes are merged; else its own.

    Inside one pool it is sent and received on the same day. Raises BeforeOpening, AccountPassedOn, TransferOpen,
    SamePlace, TemporaryAccount, RelationshipStays, BirthdayUnknown or StepAhead.
    """
    lock_insured([account.resident_id])
    account = _fresh(account)
    scheme = scheme or account.scheme
    if day < account.opened_on:
        raise BeforeOpening(number=account.number, opened_on=account.opened_on, month=day)
    _refuse_impossible(account, to=to, scheme=scheme, day=day)
    case = InsuranceCase.objects.create(origin=account, to=to, scheme=scheme, share=share_on(day))
    _take(case, Step.APPLIED, day=day, stamp=stamp)
    if account.pool_id == to.pool_id:
        for step in (Step.AGREED, Step.SENT, Step.RECEIVED):
            _advance(case, step, day=day, stamp=stamp)
    return case


def agree(*, case: InsuranceCase, day: date, stamp: Stamp) -> InsuranceCaseStep:
    """The new place agrees. Raises StepNotPossible, StepOutOfOrder or StepAhead, like the steps that follow."""
    return _step(case, Step.AGREED, day=day, stamp=stamp)


def send(*, case: InsuranceCase, day: date, stamp: Stamp) -> InsuranceCaseStep:
    """The old place passes the account on: from now on it owes the new one what goes along."""
    return _step(case, Step.SENT, day=day, stamp=stamp)


def receive(*, case: InsuranceCase, day: date, stamp: Stamp) -> InsuranceCaseStep:
    """The new place confirms what it received; the case is finished."""
    return _step(case, Step.RECEIVED, day=day, stamp=stamp)


def reject(*, case: InsuranceCase, day: date, reason: str, stamp: Stamp) -> InsuranceCaseStep:
    """Either place says no before anything was sent; the account stays where it is."""
    return _step(case, Step.REJECTED, day=day, stamp=stamp, reason=reason)


@transaction.atomic
def _step(case: InsuranceCase, step: Step, *, day: date, stamp: Stamp, reason: str = "") -> InsuranceCaseStep:
    lock_insured([case.origin.resident_id])
    return _advance(case, step, day=day, stamp=stamp, reason=reason)


def _advance(case: InsuranceCase, step: Step, *, day: date, stamp: Stamp, reason: str = "") -> InsuranceCaseStep:
    last = case.steps.order_by("pk").last()
    assert last is not None
    if PureStep(step) not in NEXT_STEPS[PureStep(last.step)]:
        raise StepNotPossible(step=last.get_step_display())
    if day < last.day:
        raise StepOutOfOrder(day=last.day)
    taken = _take(case, step, day=day, stamp=stamp, reason=reason)
    if step == Step.SENT:
        _pass_on(case, day=day, stamp=stamp)
    return taken


def _take(case: InsuranceCase, step: Step, *, day: date, stamp: Stamp, reason: str = "") -> InsuranceCaseStep:
    """Record a step, and from when to when the next one has to be taken."""
    if day > stamp.as_of:
        raise StepAhead(day=day)
    days = DAYS_UNTIL_NEXT.get(PureStep(step)) if case.origin.pool_id != case.to.pool_id else None
    audit.record(stamp=stamp, verb=f"insurance_{step.value}", subject=f"insurance:{case.pk}", day=day.isoformat())
    return InsuranceCaseStep.objects.create(
        case=case,
        step=step,
        day=day,
        due_on=working_days_after(day, days) if days else None,
        reason=reason,
        recorded_by=stamp.by,
    )


def _pass_on(case: InsuranceCase, *, day: date, stamp: Stamp) -> None:
    """End the old account, open or find the new one, and book what goes along."""
    account = _fresh(case.origin)
    if account.passed_on is not None:
        raise AccountPassedOn(number=account.number, day=account.passed_on)
    destination = _destination(case, account=account)
    if destination is None:
        destination = add_account(
            resident=account.resident,
            scheme=case.scheme,
            district=case.to,
            kind=account.kind,
            registered_pool=account.registered_pool_id,
            sex=account.sex,
            day=day,
            stamp=stamp,
        )
    InsurancePassage.objects.create(origin=account, destination=destination, case=case, day=day)
    cause = Cause(str(case), day)
    settle(resident_ids=[account.resident_id], causes={account.resident_id: cause}, stamp=stamp)


def _destination(case: InsuranceCase, *, account: ContributionAccount) -> ContributionAccount | None:
    """Return the account that is open at the new place already, if there is one."""
    rows = facts_of([account.resident_id], scheme=case.scheme).rows
    here = [row for row in rows if row.passed_on is None and row.pk != account.pk and row.pool_id == case.to.pool_id]
    return here[0] if here else None


def _refuse_impossible(account: ContributionAccount, *, to: District, scheme: str, day: date) -> None:
    if account.passed_on is not None:
        raise AccountPassedOn(number=account.number, day=account.passed_on)
    if (running := account.cases.running().select_related("to__authority").first()) is not None:
        raise TransferOpen(district=running.to, since=running.steps.order_by("pk").values_list("day", flat=True)[0])
    if (account.district_id, account.scheme) == (to.pk, scheme):
        raise SamePlace(number=account.number, district=to)
    rows = facts_of([account.resident_id], scheme=scheme).rows
    relationship, others = relationship_of(rows), [row for row in rows if row.pk != account.pk]
    if account.kind == AccountKind.TEMPORARY:
        if relationship is not None and relationship.pool_id not in (to.pool_id, account.pool_id):
            raise TemporaryAccount(number=account.number, pool=relationship.pool)
    elif not _is_related_to(to.pool_id, others) and stays(
        account, resident=account.resident, sex=account.sex, to=to, registered_pool=account.registered_pool_id, day=day
    ):
        raise RelationshipStays(resident=account.resident.name, pool=account.pool)


def _is_related_to(pool: str, rows: Sequence[ContributionAccount]) -> bool:
    """Say whether one of these accounts is an open relationship with a pool: one begun before the age may be joined."""
    return any(row.pool_id == pool and row.passed_on is None and row.kind == AccountKind.RELATIONSHIP for row in rows)


def _fresh(account: ContributionAccount) -> ContributionAccount:
    """Read an account again, now that its person is locked."""
    rows = ContributionAccount.objects.select_related("passage", "resident", "pool", "district__authority")
    fresh = rows.get(pk=account.pk)
    stand_in_their_pools([fresh])
    return fresh
