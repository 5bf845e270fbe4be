"""What a clerk does at the counter: look, take once, and take back what was a mistake."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from stdnum.iso7064 import mod_37_36

from accounts.identity import ALPHABET
from accounts.models import District, Resident, Role, User
from ledger.models import Transfer
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    clerk_of,
    stamp,
)
from tests.pages.reading import text_of
from vouchers.forms.counter import typed_number
from vouchers.models import Programme, Provider, Voucher
from vouchers.services.ending import expire, revoke
from vouchers.services.redeeming import redeem
from vouchers.services.redeeming import reverse as take_back

TODAY = date(2026, 6, 15)
YESTERDAY = date(2026, 6, 14)


# The number, as people type it


def voucher_numbers() -> st.SearchStrategy[str]:
    bodies = st.text(alphabet=ALPHABET, min_size=13, max_size=13).map(lambda body: f"TH{body}")
    return bodies.map(lambda body: body + mod_37_36.calc_check_digit(body))


@given(number=voucher_numbers(), separator=st.sampled_from([" ", "-", "–", "\N{IDEOGRAPHIC SPACE}", ""]))
def test_small_letters_spaces_and_dashes_do_not_matter(number: str, separator: str) -> None:
    assert typed_number(separator.join(number.lower())) == number


@given(number=voucher_numbers())
def test_figures_taken_for_letters_are_read_as_meant(number: str) -> None:
    looks_like = number[:-1].replace("0", "O").replace("1", "I") + number[-1].replace("O", "0").replace("I", "1")

    assert typed_number(looks_like) == number


def test_full_width_characters_are_read_as_ordinary_ones() -> None:
    number = "TH0123456789ABC" + mod_37_36.calc_check_digit("TH0123456789ABC")

    assert typed_number("".join(chr(ord(character) + 0xFEE0) for character in number)) == number


@pytest.fixture
def clock() -> Iterator[None]:
    with time_machine.travel("2026-06-15 10:00+08:00", tick=False):
        yield


@pytest.fixture
def jingan() -> District:
    return DistrictFactory(code="310106", name_zh="静安区", name_en="Jing'an")


@pytest.fixture
def education() -> Programme:
    return ProgrammeFactory.create(code="education", name_zh="义务教育", name_en="Education")


@pytest.fixture
def school(jingan: District, education: Programme) -> Provider:
    return ProviderFactory(code="school", name_en="First School", district=jingan, programmes=[education])


@pytest.fixture
def lin() -> Resident:
    return ResidentFactory(name="林小雨", district=DistrictFactory(code="310112", name_zh="闵行区", name_en="Minhang"))


@pytest.fixture
def voucher(lin: Resident, education: Programme) -> Voucher:
    return VoucherFactory(resident=lin, programme=education)


@pytest.fixture
def clerk(school: Provider) -> User:
    return clerk_of(school)


@pytest.fixture
def counter(db: None, clock: None, client: Client, clerk: User) -> Client:
    """The browser of the school's clerk, in English."""
    client.force_login(clerk)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def typed(voucher: Voucher | str, amount: str = "300", **more: str) -> dict[str, str]:
    number = voucher if isinstance(voucher, str) else voucher.number
    return {"number": number, "amount": amount, "key": str(uuid.uuid4()), **more}


def taken() -> list[tuple[str, int]]:
    return list(Transfer.objects.filter(event__in=["redeem", "reverse"]).order_by("pk").values_list("event", "fen"))


def use(voucher: Voucher, provider: Provider, *, fen: int = 10_000, day: date = TODAY, key: str = "k") -> Transfer:
    return redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=provider,
        fen=fen,
        day=day,
        key=key,
        stamp=stamp(day),
    )


# Look first


def test_the_look_shows_whose_voucher_what_is_taken_what_is_left_and_who_pays(
    counter: Client, voucher: Voucher
) -> None:
    page = text_of(counter.post(reverse("counter"), typed(voucher), follow=True))

    assert "林**" in page
    assert "Education" in page
    assert "Take 300.00 yuan" in page
    assert "420.00 yuan" in page
    assert "Minhang" in page


def test_the_look_shows_no_more_of_the_person_than_the_surname(counter: Client, voucher: Voucher) -> None:
    page = text_of(counter.post(reverse("counter"), typed(voucher), follow=True))

    assert voucher.resident.name not in page
    assert voucher.resident.number not in page


def test_looking_takes_nothing(counter: Client, voucher: Voucher) -> None:
    counter.post(reverse("counter"), typed(voucher), follow=True)

    assert taken() == []


def test_change_brings_the_form_back_as_it_was_typed(counter: Client, voucher: Voucher) -> None:
    form = counter.post(reverse("counter"), typed(voucher, "12.50", change="1")).context["form"]

    assert (form["number"].value(), form["amount"].value()) == (voucher.number, "12.50")
    assert form.errors == {}


def test_a_voucher_used_here_today_is_mentioned(counter: Client, voucher: Voucher, school: Provider) -> None:
    use(voucher, school)

    page = text_of(counter.post(reverse("counter"), typed(voucher), follow=True))

    assert "100.00 yuan were taken from this voucher here already, on 15 June 2026, 10:00." in page


# Take once


def test_what_was_confirmed_is_taken_and_shown(counter: Client, voucher: Voucher) -> None:
    response = counter.post(reverse("counter_confirm"), typed(voucher), follow=True)

    page = text_of(response)
    assert taken() == [("redeem", 30_000)]
    assert "300.00 yuan of Education were taken from the voucher of 林**." in page
    assert "420.00 yuan are left on it." in page


def test_sent_twice_it_is_taken_once(counter: Client, voucher: Voucher) -> None:
    sent = typed(voucher)
    first = counter.post(reverse("counter_confirm"), sent)

    again = counter.post(reverse("counter_confirm"), sent)

    assert again.headers["Location"] == first.headers["Location"]
    assert taken() == [("redeem", 30_000)]


def test_the_key_of_the_form_is_carried_through_the_look(counter: Client, voucher: Voucher) -> None:
    form = counter.get(reverse("counter")).context["form"]

    look = counter.post(reverse("counter"), typed(voucher, key=str(form["key"].value())), follow=True)

    assert str(look.context["key"]) == str(form["key"].value())


def test_going_back_to_a_used_form_is_a_new_intent_and_shows_the_earlier_one(counter: Client, voucher: Voucher) -> None:
    sent = typed(voucher)
    counter.post(reverse("counter_confirm"), sent)

    look = counter.post(reverse("counter"), sent, follow=True)

    assert str(look.context["key"]) != sent["key"]
    assert "300.00 yuan were taken from this voucher here already" in text_of(look)


def test_a_used_key_with_another_amount_takes_nothing_and_gives_a_fresh_key(counter: Client, voucher: Voucher) -> None:
    sent = typed(voucher)
    counter.post(reverse("counter_confirm"), sent)

    response = counter.post(reverse("counter_confirm"), {**sent, "amount": "1"})

    assert taken() == [("redeem", 30_000)]
    assert response.context["form"]["key"].value() != sent["key"]
    assert "Nothing was taken now. Check the voucher and the amount, and continue." in text_of(response)


def test_a_service_of_another_day_is_taken_for_that_day(counter: Client, voucher: Voucher) -> None:
    counter.post(reverse("counter_confirm"), typed(voucher, day_year="2026", day_month="6", day_day="1"))

    row = Transfer.objects.get(event="redeem")
    assert (row.occurred_on, row.booked_on) == (date(2026, 6, 1), TODAY)


def test_the_address_of_the_confirmation_alone_leads_back_to_the_form(counter: Client) -> None:
    assert counter.get(reverse("counter_confirm")).headers["Location"] == reverse("counter")


# Refusals: what stands in the way, what to do, and the form as it was typed


BOTH = pytest.mark.parametrize("address", ["counter", "counter_confirm"])


def refused(counter: Client, address: str, sent: dict[str, str]) -> str:
    response = counter.post(reverse(address), sent, follow=True)
    form = response.context["form"]
    page = text_of(response)
    assert (form["number"].value(), form["amount"].value()) == (sent["number"], sent["amount"])
    assert "<title>Error:" in page
    return page


@BOTH
def test_a_slip_in_the_number_is_told_from_a_number_that_is_not_there(
    counter: Client, voucher: Voucher, address: str
) -> None:
    slip = voucher.number[:-2] + ("2" if voucher.number[-2] != "2" else "3") + voucher.number[-1]

    page = refused(counter, address, typed(slip))

    assert "its last character, which checks the others, does not fit" in page
    assert taken() == []


@BOTH
def test_a_programme_the_provider_does_not_take_is_no_voucher_for_this_counter(
    counter: Client, lin: Resident, address: str
) -> None:
    page = refused(counter, address, typed(VoucherFactory(resident=lin)))

    assert "There is no voucher with this number for a programme that you take." in page
    assert taken() == []


@BOTH
def test_more_than_is_left_says_what_is_left(counter: Client, voucher: Voucher, address: str) -> None:
    page = refused(counter, address, typed(voucher, "720.01"))

    assert "Only 720.00 yuan are left on this voucher; 720.01 yuan were asked for." in page
    assert "Take no more than is left; the resident can pay the rest." in page
    assert taken() == []


@BOTH
def test_a_voucher_for_later_says_from_when(counter: Client, lin: Resident, education: Programme, address: str) -> None:
    later = VoucherFactory(resident=lin, programme=education, valid_from=date(2026, 9, 1))

    assert "This voucher is valid from 1 September 2026 on, not on 15 June 2026." in refused(
        counter, address, typed(later)
    )


@BOTH
def test_an_expired_voucher_says_until_when_and_what_to_do(
    counter: Client, lin: Resident, education: Programme, address: str
) -> None:
    ended = VoucherFactory(resident=lin, programme=education, valid_until=date(2026, 6, 1))
    expire(voucher_ids=[ended.pk], stamp=stamp(YESTERDAY))

    page = refused(counter, address, typed(ended))

    assert "can no longer be used for 15 June 2026" in page
    assert "If the service was earlier, enter its day; the district office can tell more." in page


@BOTH
def test_a_revoked_voucher_says_who_can_tell_why(
    counter: Client, voucher: Voucher, education: Programme, address: str
) -> None:
    revoke(resident=voucher.resident, programme=education, day=YESTERDAY, stamp=stamp(YESTERDAY))

    assert "The district office of the resident can say why." in refused(counter, address, typed(voucher))


@BOTH
def test_tomorrow_has_not_come(counter: Client, voucher: Voucher, address: str) -> None:
    tomorrow = {"day_year": "2026", "day_month": "6", "day_day": "16"}

    page = refused(counter, address, typed(voucher, **tomorrow))

    assert "The date must not be after 15 June 2026." in page
    assert '<details class="govuk-details" open>' in page


def test_a_clerk_without_a_provider_learns_who_can_help(db: None, client: Client) -> None:
    client.force_login(UserFactory.create(role=Role.PROVIDER_CLERK))

    response = client.get(reverse("counter"), headers={"accept-language": "en"})

    assert response.status_code == 409
    assert "The city administrator can say which one is yours." in text_of(response)


# The day


def test_today_lists_the_own_redemptions_and_sums_those_that_stand(
    counter: Client, voucher: Voucher, school: Provider, education: Programme
) -> None:
    use(voucher, school, fen=10_000, key="stands")
    use(voucher, school, fen=20_000, key="mistake")
    take_back(key="mistake", day=TODAY, stamp=stamp(TODAY))
    use(voucher, school, fen=3_000, day=YESTERDAY, key="yesterday")
    use(voucher, ProviderFactory(programmes=[education]), fen=4_000, key="elsewhere")

    response = counter.get(reverse("counter_today"))

    assert [line.row.fen for line in response.context["lines"]] == [20_000, 10_000]
    assert (response.context["total"].number, response.context["total"].fen) == (1, 10_000)
    assert voucher.resident.name not in text_of(response)


def test_an_empty_day_says_what_will_appear(counter: Client) -> None:
    assert "Every redemption of this day appears here" in text_of(counter.get(reverse("counter_today")))


def test_a_full_day_asks_no_more_than_an_empty_one_and_its_vouchers(
    counter: Client, voucher: Voucher, school: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        use(voucher, school, fen=100, key=f"use-{number}")

    with django_assert_num_queries(7):  # session, user, provider, number, page, vouchers, total
        counter.get(reverse("counter_today"))


def test_reversing_asks_once_more(counter: Client, voucher: Voucher, school: Provider) -> None:
    row = use(voucher, school)

    page = text_of(counter.get(reverse("counter_reverse", args=[row.pk])))

    assert "100.00 yuan of Education, taken from the voucher of 林** on 15 June 2026, 10:00, will be given back" in page
    assert taken() == [("redeem", 10_000)]


def test_a_reversal_gives_back_the_whole(counter: Client, voucher: Voucher, school: Provider) -> None:
    row = use(voucher, school)

    page = text_of(counter.post(reverse("counter_reverse", args=[row.pk]), follow=True))

    assert "100.00 yuan were given back to the voucher." in page
    assert taken() == [("redeem", 10_000), ("reverse", 10_000)]


def test_a_reversal_sent_twice_gives_back_once(counter: Client, voucher: Voucher, school: Provider) -> None:
    row = use(voucher, school)
    counter.post(reverse("counter_reverse", args=[row.pk]))

    again = counter.post(reverse("counter_reverse", args=[row.pk]))

    assert again.status_code == 409
    assert taken() == [("redeem", 10_000), ("reverse", 10_000)]


def test_a_redemption_of_another_provider_is_not_there(counter: Client, voucher: Voucher, education: Programme) -> None:
    sent = uuid.uuid4()
    row = use(voucher, ProviderFactory(programmes=[education]), key=str(sent))

    assert counter.get(reverse("counter_done", args=[sent])).status_code == 404
    assert counter.get(reverse("counter_reverse", args=[row.pk])).status_code == 404
    assert counter.post(reverse("counter_reverse", args=[row.pk])).status_code == 404
    assert taken() == [("redeem", 10_000)]


def test_a_redemption_of_yesterday_is_not_reversed_at_the_counter(
    counter: Client, voucher: Voucher, school: Provider
) -> None:
    row = use(voucher, school, day=YESTERDAY)

    assert counter.post(reverse("counter_reverse", args=[row.pk])).status_code == 404


# Nobody else's counter


ADDRESSES: dict[str, list[Any]] = {
    "counter": [],
    "counter_confirm": [],
    "counter_done": [uuid.uuid4()],
    "counter_today": [],
    "counter_reverse": [1],
}


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("role", [role for role in Role if role != Role.PROVIDER_CLERK])
def test_only_clerks_stand_at_the_counter(db: None, client: Client, name: str, role: Role) -> None:
    client.force_login(UserFactory.create(role=role))

    assert client.get(reverse(name, args=ADDRESSES[name])).status_code == 403
    assert client.post(reverse(name, args=ADDRESSES[name])).status_code == 403


@pytest.mark.parametrize("name", ADDRESSES)
def test_who_is_not_signed_in_signs_in_first(db: None, client: Client, name: str) -> None:
    response = client.get(reverse(name, args=ADDRESSES[name]))

    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("sign_in"))
