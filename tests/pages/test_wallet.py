"""What residents see of their own: vouchers, what happened to them, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from accounts.models import District, Resident, Role
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    account_of,
    stamp,
)
from tests.pages.reading import Page, text_of
from vouchers.models import Programme, Provider, Voucher
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-15 10:00+08:00", tick=False):
        yield


@pytest.fixture
def minhang() -> District:
    return DistrictFactory(code="310112", name_zh="闵行区", name_en="Minhang")


@pytest.fixture
def jingan() -> District:
    return DistrictFactory(code="310106", name_zh="静安区", name_en="Jing'an")


@pytest.fixture
def education() -> Programme:
    return ProgrammeFactory.create(code="education", name_zh="义务教育", name_en="Education")


@pytest.fixture
def school(jingan: District, education: Programme) -> Provider:
    return ProviderFactory(
        code="school", name_zh="第一小学", name_en="First School", district=jingan, programmes=[education]
    )


@pytest.fixture
def lin(minhang: District) -> Resident:
    return ResidentFactory(name="林小雨", district=minhang)


@pytest.fixture
def voucher(lin: Resident, education: Programme) -> Voucher:
    return VoucherFactory(resident=lin, programme=education)


def ask(client: Client, person: Resident, name: str, *args: object, language: str = "en", **query: object) -> Page:
    client.force_login(account_of(person) if not hasattr(person, "user") else person.user)
    return client.get(reverse(name, args=args, query=query), headers={"accept-language": language})


def test_the_wallet_says_what_is_left_of_how_much_until_when_and_where(
    client: Client, lin: Resident, voucher: Voucher, school: Provider, minhang: District, education: Programme
) -> None:
    ProviderFactory(district=minhang, programmes=[education])
    redeem(resident=lin, programme=education, provider=school, fen=30_000, day=TODAY, key="a", stamp=stamp(TODAY))

    page = text_of(ask(client, lin, "wallet"))

    assert "林小雨, you live in Minhang now" in page
    assert "420.00" in page
    assert "of 720.00 yuan · until 31 December 2026" in page
    assert "Can be used at 1 place in your district, 2 in all" in page
    assert ">Active<" in page


def test_the_wallet_tells_what_the_last_move_changed(
    client: Client, lin: Resident, voucher: Voucher, jingan: District
) -> None:
    move(resident=lin, to=jingan.code, effective_on=date(2026, 3, 16), stamp=stamp(date(2026, 3, 16)))

    page = text_of(ask(client, lin, "wallet"))

    assert "林小雨, you live in Jing'an now" in page
    assert (
        "On 16 March 2026 you moved from Minhang to Jing'an. Your vouchers moved with you, and what is left on them is"
        " the same. From this day on Jing'an pays."
    ) in page


def test_the_wallet_announces_a_move_that_is_still_to_come(
    client: Client, lin: Resident, voucher: Voucher, jingan: District
) -> None:
    move(resident=lin, to=jingan.code, effective_on=date(2026, 9, 1), stamp=stamp(TODAY))

    page = text_of(ask(client, lin, "wallet"))

    assert "林小雨, you live in Minhang now" in page
    assert "On 1 September 2026 you will move from Minhang to Jing'an. Your vouchers will move with you" in page


def test_a_move_before_the_vouchers_at_hand_is_no_news(
    client: Client, lin: Resident, jingan: District, education: Programme
) -> None:
    move(resident=lin, to=jingan.code, effective_on=date(2025, 3, 16), stamp=stamp(date(2025, 3, 16)))
    VoucherFactory(resident=lin, programme=education)

    assert "you moved" not in text_of(ask(client, lin, "wallet"))


def test_a_guarded_child_has_a_section_of_its_own(
    client: Client, lin: Resident, jingan: District, education: Programme
) -> None:
    child = ResidentFactory(name="林小朵", district=jingan, guardian=lin)
    VoucherFactory(resident=child, programme=education)

    page = text_of(ask(client, lin, "wallet"))

    assert "林小朵, in your care, lives in Jing'an now" in page
    assert "720.00" in page


def test_a_used_up_voucher_says_so_and_offers_no_code(
    client: Client, lin: Resident, voucher: Voucher, school: Provider, education: Programme
) -> None:
    redeem(resident=lin, programme=education, provider=school, fen=72_000, day=TODAY, key="a", stamp=stamp(TODAY))

    page = text_of(ask(client, lin, "wallet"))

    assert ">Used up<" in page
    assert reverse("wallet_code") not in page


def test_a_voucher_past_its_last_day_is_shown_as_ended_before_anybody_books_its_expiry(
    client: Client, lin: Resident, education: Programme
) -> None:
    VoucherFactory(resident=lin, programme=education, valid_from=date(2026, 1, 1), valid_until=TODAY)

    page = text_of(ask(client, lin, "wallet"))

    assert "Education, until 14 June 2026" in page
    assert ">Expired<" in page
    assert "No voucher at present" in page


def test_a_voucher_for_later_says_from_when(client: Client, lin: Resident, education: Programme) -> None:
    VoucherFactory(resident=lin, programme=education, valid_from=date(2026, 9, 1))

    page = text_of(ask(client, lin, "wallet"))

    assert ">Not valid yet<" in page
    assert "from 1 September 2026 to 31 December 2026" in page


def test_without_vouchers_the_wallet_says_what_will_appear(client: Client, lin: Resident) -> None:
    page = text_of(ask(client, lin, "wallet"))

    assert "Vouchers appear here by themselves once the district has issued them." in page


def test_a_sign_in_without_a_resident_learns_who_can_help(client: Client) -> None:
    client.force_login(UserFactory.create(role=Role.RESIDENT))

    page = text_of(client.get(reverse("wallet"), headers={"accept-language": "en"}))

    assert "No resident belongs to this sign-in yet" in page


def test_the_code_page_shows_what_can_be_used_today_and_nothing_else(
    client: Client, lin: Resident, voucher: Voucher, education: Programme
) -> None:
    later = VoucherFactory(resident=lin, programme=ProgrammeFactory.create(), valid_from=date(2026, 9, 1))

    page = text_of(ask(client, lin, "wallet_code"))

    assert " ".join((voucher.number[0:4], voucher.number[4:8], voucher.number[8:12], voucher.number[12:])) in page
    assert later.number[4:8] not in page


def test_without_a_usable_voucher_the_code_page_says_when_there_is_one(client: Client, lin: Resident) -> None:
    assert "No voucher can be used today" in text_of(ask(client, lin, "wallet_code"))


def test_places_list_the_own_district_first(
    client: Client, lin: Resident, voucher: Voucher, school: Provider, minhang: District, education: Programme
) -> None:
    ProviderFactory(name_en="Own School", district=minhang, programmes=[education])
    ProviderFactory(name_en="Unaccredited School", district=minhang)

    page = text_of(ask(client, lin, "wallet_places", voucher.number))

    assert page.index("Own School") < page.index("First School")
    assert "Unaccredited School" not in page


def test_without_a_provider_the_places_say_when_there_will_be_one(
    client: Client, lin: Resident, voucher: Voucher
) -> None:
    assert "No place takes it yet" in text_of(ask(client, lin, "wallet_places", voucher.number))


def test_the_history_tells_moves_and_uses_newest_first(
    client: Client, lin: Resident, voucher: Voucher, school: Provider, jingan: District, education: Programme
) -> None:
    move(resident=lin, to=jingan.code, effective_on=date(2026, 3, 16), stamp=stamp(date(2026, 3, 16)))
    redeem(resident=lin, programme=education, provider=school, fen=100, day=TODAY, key="a", stamp=stamp(TODAY))

    page = text_of(ask(client, lin, "wallet_history"))

    used = page.index("1.00 yuan of Education were used at First School in Jing'an.")
    moved = page.index("On 16 March 2026 you moved from Minhang to Jing'an.")
    issued = page.index("Education was issued: 720.00 yuan, to use from 1 January 2026 to 31 December 2026.")
    registered = page.index("You were registered as living in Minhang.")
    assert used < moved < issued < registered


def test_the_history_of_a_ward_is_told_by_name(client: Client, lin: Resident, jingan: District) -> None:
    child = ResidentFactory(name="林小朵", district=jingan, guardian=lin)

    page = text_of(ask(client, lin, "wallet_history", of=child.number))

    assert "The history of 林小朵" in page
    assert "林小朵 was registered as living in Jing'an." in page


def test_a_long_history_comes_in_pages(
    client: Client, lin: Resident, voucher: Voucher, school: Provider, education: Programme
) -> None:
    use_often(lin, education, school, times=25)

    first = text_of(ask(client, lin, "wallet_history"))
    second = text_of(ask(client, lin, "wallet_history", page="2"))

    assert "You were registered" not in first
    assert "You were registered" in second


def test_a_story_in_chinese_is_chinese(client: Client, lin: Resident, voucher: Voucher, jingan: District) -> None:
    move(resident=lin, to=jingan.code, effective_on=date(2026, 3, 16), stamp=stamp(date(2026, 3, 16)))

    page = text_of(ask(client, lin, "wallet_voucher", voucher.number, language="zh-hans"))

    assert (
        "2026年3月16日，您从闵行区搬到静安区。服务券随您转移，当时剩余720.00元。从这一天起由静安区支付。"
        "闵行区承担74天，静安区承担291天。您无需办理任何手续。"
    ) in page


# Nobody else's business


def pages_about(voucher_number: str, resident_number: str) -> list[str]:
    return [
        reverse("wallet_voucher", args=[voucher_number]),
        reverse("wallet_places", args=[voucher_number]),
        f"{reverse('wallet_history')}?of={resident_number}",
    ]


@pytest.mark.parametrize("which", range(3))
def test_what_is_not_yours_looks_like_what_is_not_there(
    client: Client, lin: Resident, voucher: Voucher, jingan: District, which: int
) -> None:
    client.force_login(account_of(ResidentFactory(district=jingan)))

    not_yours = client.get(pages_about(voucher.number, lin.number)[which])
    not_there = client.get(pages_about("TH00", "R00")[which])

    assert not_yours.status_code == not_there.status_code == 404
    assert strip_tags(not_yours.content.decode()) == strip_tags(not_there.content.decode())


@pytest.mark.parametrize("which", range(3))
def test_a_guardian_may_look_at_the_pages_of_a_ward(
    client: Client, lin: Resident, jingan: District, education: Programme, which: int
) -> None:
    child = ResidentFactory(district=jingan, guardian=lin)
    client.force_login(account_of(lin))

    voucher = VoucherFactory(resident=child, programme=education)

    assert client.get(pages_about(voucher.number, child.number)[which]).status_code == 200


@pytest.mark.parametrize("which", range(3))
def test_a_ward_may_not_look_at_the_pages_of_the_guardian(
    client: Client, lin: Resident, voucher: Voucher, jingan: District, which: int
) -> None:
    client.force_login(account_of(ResidentFactory(district=jingan, guardian=lin)))

    assert client.get(pages_about(voucher.number, lin.number)[which]).status_code == 404


ADDRESSES = ("wallet", "wallet_code", "wallet_history", "wallet_voucher", "wallet_places")


def address(name: str, voucher: Voucher) -> str:
    return reverse(name, args=[voucher.number] if name in ("wallet_voucher", "wallet_places") else [])


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("role", [role for role in Role if role != Role.RESIDENT])
def test_only_residents_have_a_wallet(client: Client, voucher: Voucher, name: str, role: Role) -> None:
    client.force_login(UserFactory.create(role=role))

    assert client.get(address(name, voucher)).status_code == 403


@pytest.mark.parametrize("name", ADDRESSES)
def test_who_is_not_signed_in_signs_in_first(client: Client, voucher: Voucher, name: str) -> None:
    response = client.get(address(name, voucher))

    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_holder_may_see_every_page(client: Client, voucher: Voucher, name: str) -> None:
    client.force_login(account_of(voucher.resident))

    assert client.get(address(name, voucher)).status_code == 200


# As many questions to the database as pages need, however much there is to show


def test_a_wallet_asks_no_more_for_more_people_and_vouchers(
    client: Client, lin: Resident, voucher: Voucher, jingan: District, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    children = ResidentFactory.create_batch(3, district=jingan, guardian=lin)
    VoucherFactory.create_batch(2, resident=lin)
    VoucherFactory(resident=children[0], programme=voucher.programme)
    move(resident=children[1], to="310112", effective_on=date(2026, 3, 16), stamp=stamp(date(2026, 3, 16)))
    client.force_login(account_of(lin))

    with django_assert_num_queries(8):  # session, user, people, residences, vouchers, places, moves, their steps
        client.get(reverse("wallet"))


def test_a_history_asks_no_more_for_more_uses(
    client: Client,
    lin: Resident,
    voucher: Voucher,
    school: Provider,
    education: Programme,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    use_often(lin, education, school, times=25)
    client.force_login(account_of(lin))

    # session, user, resident, vouchers, rows, providers, moves, first residence, mergers of districts, people
    with django_assert_num_queries(10):
        client.get(reverse("wallet_history"))


def test_places_ask_no_more_for_more_providers(
    client: Client,
    lin: Resident,
    voucher: Voucher,
    jingan: District,
    education: Programme,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ProviderFactory.create_batch(25, district=jingan, programmes=[education])
    client.force_login(account_of(lin))

    with django_assert_num_queries(7):  # session, user, voucher, holder, residence, number and page of providers
        client.get(reverse("wallet_places", args=[voucher.number]))


def use_often(resident: Resident, programme: Programme, provider: Provider, *, times: int) -> None:
    for number in range(times):
        redeem(
            resident=resident,
            programme=programme,
            provider=provider,
            fen=100,
            day=date(2026, 2, 1),
            key=f"use-{number}",
            stamp=stamp(date(2026, 2, 1)),
        )


def test_a_history_of_what_is_no_resident_number_is_not_there() -> None:
    client = Client()
    client.force_login(account_of(ResidentFactory()))

    assert client.get(reverse("wallet_history"), {"of": "\0"}).status_code == 404
