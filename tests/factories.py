"""Synthetic rows for tests. What the rules govern is made through the services, as in life."""

from __future__ import annotations

from datetime import date
from typing import Any, Generic, TypeVar

import factory
from factory.django import DjangoModelFactory

from accounts.models import District, Resident, Role, User
from accounts.services.places import found_authority, found_district
from accounts.services.residents import register
from accounts.stamps import Stamp
from vouchers.models import CostRule, Funding, Programme, Provider, ProviderClerk, ProviderKind, Sector, Voucher
from vouchers.services.catalogue import save_provider
from vouchers.services.issuing import issue

Made = TypeVar("Made")

START, END = date(2026, 1, 1), date(2027, 1, 1)


def stamp(day: date = START, *, by: User | None = None) -> Stamp:
    """Return the stamp of an act recorded on ``day``, by a city administrator unless another is given."""
    return Stamp(by=by or UserFactory(role=Role.CITY_ADMINISTRATOR), booked_on=day, as_of=day)


class Called(Generic[Made]):
    """Tells the type checker what calling a factory returns; factory-boy's metaclass is what answers the call."""

    def __new__(cls, **values: Any) -> Made:  # type: ignore[misc]
        raise NotImplementedError


class UserFactory(Called[User], DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"user-{number}")
    name = factory.Sequence(lambda number: f"用户{number}")
    role = Role.CITY_ADMINISTRATOR


class DistrictFactory(Called[District], factory.Factory[District]):
    """A district of the pool 310000."""

    class Meta:
        model = District

    code = factory.Sequence(lambda number: f"{310200 + number}")
    pool = "310000"

    @classmethod
    def _create(cls, model_class: type[District], *args: Any, **values: Any) -> District:
        names = {"name_zh": f"{values['code']}区", "name_en": f"District {values['code']}"}
        if values["pool"] != values["code"]:
            found_authority(code=values["pool"], name_zh="市", name_en="City")
        return found_district(**{**names, **values})


class ResidentFactory(Called[Resident], factory.Factory[Resident]):
    class Meta:
        model = Resident

    name = factory.Sequence(lambda number: f"居民{number}")
    district = factory.SubFactory(DistrictFactory)
    since = date(2020, 1, 1)

    @classmethod
    def _create(cls, model_class: type[Resident], *args: Any, **values: Any) -> Resident:
        return register(stamp=stamp(values["since"]), **values)


class ProgrammeFactory(Called[Programme], DjangoModelFactory[Programme]):
    class Meta:
        model = Programme

    code = factory.Sequence(lambda number: f"education-{number}")
    name_zh = "义务教育"
    name_en = "Compulsory education"
    sector = Sector.EDUCATION
    annual_fen = 72_000
    valid_from = START
    valid_until = END
    cost_rule = CostRule.DAILY
    funded_by = Funding.DISTRICT


class ProviderFactory(Called[Provider], factory.Factory[Provider]):
    """A school; ``programmes`` are what it is accredited for."""

    class Meta:
        model = Provider

    code = factory.Sequence(lambda number: f"school-{number}")
    name_zh = "学校"
    name_en = "School"
    kind = ProviderKind.SCHOOL
    district = factory.SubFactory(DistrictFactory)
    programmes: Any = ()

    @classmethod
    def _create(cls, model_class: type[Provider], *args: Any, **values: Any) -> Provider:
        programmes = values.pop("programmes")
        return save_provider(provider=Provider(**values), programmes=programmes, stamp=stamp())


class VoucherFactory(Called[Voucher], factory.Factory[Voucher]):
    class Meta:
        model = Voucher

    resident = factory.SubFactory(ResidentFactory)
    programme = factory.SubFactory(ProgrammeFactory)

    @classmethod
    def _create(cls, model_class: type[Voucher], *args: Any, **values: Any) -> Voucher:
        return issue(stamp=stamp(values.pop("day", START)), **values)


def clerk_of(provider: Provider) -> User:
    """Return a clerk who acts for ``provider``."""
    user = UserFactory(role=Role.PROVIDER_CLERK)
    ProviderClerk.objects.create(user=user, provider=provider)
    return user


def administrator_of(*districts: District) -> User:
    """Return a district administrator who acts for ``districts``."""
    user = UserFactory(role=Role.DISTRICT_ADMINISTRATOR)
    user.districts.set(districts)
    return user


def finance_officer_of(*districts: District) -> User:
    """Return a finance officer who answers for ``districts``."""
    user = UserFactory(role=Role.FINANCE_OFFICER)
    user.districts.set(districts)
    return user


def account_of(resident: Resident) -> User:
    """Return the sign-in of ``resident``."""
    return UserFactory(role=Role.RESIDENT, resident=resident, name=resident.name)
