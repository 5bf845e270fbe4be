"""Opening contribution accounts: where somebody is insured from a day on."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Authority, District, Resident
from accounts.refusals import Refused
from accounts.stamps import Stamp
from vouchers.insurance import parameters, places
from vouchers.models import AccountKind, ContributionAccount, Scheme
from vouchers.services.insurance.booking import lock_insured
from vouchers.services.insurance.facts import facts_of, relationship_of


class AlreadyInsured(Refused):
    code = "already_insured"
    sentence = _("%(resident)s is insured in %(pool)s already, with account %(number)s since %(since)s.")


class SexUnknown(Refused):
    code = "sex_unknown"
    sentence = _(
        "Whether the relationship stays depends on age and sex, and neither the id number nor an earlier account of "
        "%(resident)s tells the sex. Give it."
    )


class BirthdayUnknown(Refused):
    code = "birthday_unknown"
    sentence = _("Whether the relationship stays depends on age, and no day of birth of %(resident)s is recorded.")


class RegisteredPlaceUnknown(Refused):
    code = "registered_place_unknown"
    sentence = _("Say in which pool the household register of %(resident)s is: the place of the pension depends on it.")


@transaction.atomic
def open_account(
    *,
    resident: Resident,
    district: District,
    day: date,
    stamp: Stamp,
    scheme: str = Scheme.PENSION,
    registered_pool: str = "",
    sex: str = "",
) -> ContributionAccount:
    """Insure somebody in a district from ``day`` on, as a relationship or, by the rule of age, as a temporary account.

    ``registered_pool`` and ``sex`` may be left out when an earlier account, or the id number, tells them. Raises
    AlreadyInsured, RegisteredPlaceUnknown, SexUnknown or BirthdayUnknown.
    """
    lock_insured([resident.pk])
    rows = facts_of([resident.pk], scheme=scheme).rows
    if there := next((row for row in rows if row.pool_id == district.pool_id and row.passed_on is None), None):
        raise AlreadyInsured(resident=resident.name, pool=there.pool, number=there.number, since=there.opened_on)
    earlier = rows[-1] if rows else None
    pool = registered_pool or (earlier.registered_pool_id if earlier else "")
    if not Authority.objects.filter(pk=pool).exists():
        raise RegisteredPlaceUnknown(resident=resident.name)
    told = sex or (earlier.sex if earlier else _sex_by_id_number(resident))
    if not told:
        raise SexUnknown(resident=resident.name)
    relationship = relationship_of(rows)
    temporary = relationship is not None and stays(
        relationship, resident=resident, sex=told, to=district, registered_pool=pool, day=day
    )
    return add_account(
        resident=resident,
        scheme=scheme,
        district=district,
        kind=AccountKind.TEMPORARY if temporary else AccountKind.RELATIONSHIP,
        registered_pool=pool,
        sex=told,
        day=day,
        stamp=stamp,
    )


def stays(
    relationship: ContributionAccount, *, resident: Resident, sex: str, to: District, registered_pool: str, day: date
) -> bool:
    """Say whether age keeps the relationship where it is. Raises BirthdayUnknown."""
    if resident.born_on is None:
        if to.pool_id in (registered_pool, relationship.pool_id):
            return False
        raise BirthdayUnknown(resident=resident.name)
    return places.is_temporary(
        sex=parameters.Sex(sex),
        born_on=resident.born_on,
        day=day,
        to_pool=to.pool_id,
        registered_pool=registered_pool,
        insured_in=relationship.pool_id,
    )


def add_account(
    *,
    resident: Resident,
    scheme: str,
    district: District,
    kind: str,
    registered_pool: str,
    sex: str,
    day: date,
    stamp: Stamp,
) -> ContributionAccount:
    """Record an account that the rules allow."""
    account = ContributionAccount.objects.create(
        resident=resident,
        scheme=scheme,
        kind=kind,
        district=district,
        pool_id=district.pool_id,
        registered_pool_id=registered_pool,
        sex=sex,
        opened_on=day,
        booked_on=stamp.booked_on,
        recorded_by=stamp.by,
    )
    audit.record(
        stamp=stamp,
        verb="insure",
        subject=f"contribution_account:{account.pk}",
        resident=resident.pk,
        district=district.code,
        kind=kind,
    )
    return account


def _sex_by_id_number(resident: Resident) -> str:
    number = resident.id_number
    return places.sex_of(number).value if number else ""
