"""A small town for the pages of administrators: a child who moved from Minhang to Jing'an, and people who ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import time_machine
from django.urls import reverse

from accounts.models import District, Resident, Role, User
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    administrator_of,
    stamp,
)
from tests.support.readers import browser
from vouchers.models import Programme, Voucher
from vouchers.services.moving import move

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

#: The day on which the administrators of the tests work, and the one on which the child moved.
TODAY, MOVED_ON = date(2026, 6, 15), date(2026, 3, 16)


@dataclass(frozen=True, kw_only=True)
class Town:
    """``lin`` is eleven years old, of Minhang and, since 16 March, of Jing'an, with 720 yuan of ``education``."""

    minhang: District
    jingan: District
    pudong: District
    education: Programme
    lin: Resident
    voucher: Voucher
    city: User
    of_jingan: User
    of_minhang: User
    of_pudong: User
    auditor: User


def build_town() -> Town:
    """Found the town."""
    minhang: District = DistrictFactory(code="310112", name_zh="闵行区", name_en="Minhang")
    jingan: District = DistrictFactory(code="310106", name_zh="静安区", name_en="Jing'an")
    pudong: District = DistrictFactory(code="310115", name_zh="浦东新区", name_en="Pudong")
    education = ProgrammeFactory.create(
        code="education", name_zh="义务教育", name_en="Education", min_age=6, max_age=15
    )
    lin: Resident = ResidentFactory(name="林小雨", district=minhang, born_on=date(2015, 5, 1))
    voucher = VoucherFactory(resident=lin, programme=education)
    move(resident=lin, to=jingan.code, effective_on=MOVED_ON, stamp=stamp(MOVED_ON))
    return Town(
        minhang=minhang,
        jingan=jingan,
        pudong=pudong,
        education=education,
        lin=lin,
        voucher=voucher,
        city=UserFactory.create(role=Role.CITY_ADMINISTRATOR, name="王市管"),
        of_jingan=administrator_of(jingan),
        of_minhang=administrator_of(minhang),
        of_pudong=administrator_of(pudong),
        auditor=UserFactory.create(role=Role.AUDITOR),
    )


@contextmanager
def on_the_day() -> Iterator[None]:
    """Stop the clock in Shanghai at ten on TODAY."""
    with time_machine.travel(datetime(2026, 6, 15, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


def get(user: User | None, page: str, /, *args: object, **query: Any) -> Answer:
    return browser(user).get(reverse(page, args=args), query)


def post(user: User | None, page: str, /, *args: object, **answers: Any) -> Answer:
    """Answer a page and follow where it leads."""
    return browser(user).post(reverse(page, args=args), answers, follow=True)


def day_boxes(name: str, day: date) -> dict[str, str]:
    """Return what is typed into the three boxes of a date."""
    return {f"{name}_year": str(day.year), f"{name}_month": str(day.month), f"{name}_day": str(day.day)}


def text_of(response: Answer) -> str:
    """Return a page's text with its spaces made single."""
    return " ".join(unescape(response.content.decode()).split())
