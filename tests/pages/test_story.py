"""One voucher from its issue to now, for those who answer for the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from accounts.services.places import found_district
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    account_of,
    administrator_of,
    clerk_of,
    stamp,
)
from tests.support.readers import browser, queries_of
from tests.support.town import text_of
from tests.support.visits import visit
from vouchers.models import Voucher
from vouchers.services.issuing import issue
from vouchers.services.moving import annul_move, move
from vouchers.services.redeeming import reverse as reverse_redemption

pytestmark = pytest.mark.django_db

MOVED = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def april() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 4, 10, 4, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def voucher() -> Voucher:
    """720 yuan of a pupil who moved from Minhang to Jing'an in March, used once there and taken back."""
    minhang = DistrictFactory.create(code="310112", name_en="Minhang")
    jingan = DistrictFactory.create(code="310106", name_en="Jing'an")
    education = ProgrammeFactory.create(code="education")
    school = ProviderFactory.create(name_en="First School", district=jingan, programmes=[education])
    pupil = ResidentFactory.create(district=minhang)
    voucher = issue(resident=pupil, programme=education, stamp=stamp())
    move(resident=pupil, to=jingan.code, effective_on=MOVED, stamp=stamp(MOVED))
    visit(voucher, provider=school, fen=30_000, key="r1", day=date(2026, 4, 1))
    reverse_redemption(key="r1", day=date(2026, 4, 2), stamp=stamp(date(2026, 4, 2)))
    voucher.refresh_from_db()
    return voucher


def story_of(voucher: Voucher) -> str:
    return reverse("voucher_story", args=[voucher.number])


def test_every_row_is_told_in_a_sentence(voucher: Voucher) -> None:
    lines = browser(UserFactory.create(role=Role.AUDITOR)).get(story_of(voucher)).context["lines"]

    assert [sentence for _row, _event, sentence, _is_open in lines] == [
        "Minhang issued the voucher and promises 720.00 yuan.",
        "Minhang handed what remained, 720.00 yuan, over to Jing'an.",
        "Jing'an takes over 574.03 yuan of the cost from Minhang.",
        "300.00 yuan were used at First School, Jing'an. Jing'an pays.",
        "The use of 300.00 yuan at First School, Jing'an, was reversed.",
    ]


def test_plan_and_books_stand_side_by_side_and_agree(voucher: Voucher) -> None:
    page = browser(UserFactory.create(role=Role.AUDITOR)).get(story_of(voucher))

    shares = {share.authority.pk: share for share in page.context["shares"]}
    assert {code: (share.planned_fen, share.borne_fen, share.held_fen) for code, share in shares.items()} == {
        "310106": (57_403, 57_403, 72_000),
        "310112": (14_597, 14_597, 0),
    }
    assert [code for code, share in shares.items() if share.is_payer] == ["310106"]
    assert "The books agree with the plan made from today's facts." in page.content.decode()


def test_the_page_says_when_books_and_plan_differ(voucher: Voucher) -> None:
    """Minhang and Jing'an fund together from now on, so by today's facts nobody should have shared anything."""
    voucher.programme.funded_by = "pool"
    voucher.programme.save()

    page = browser(UserFactory.create(role=Role.AUDITOR)).get(story_of(voucher))

    assert "The books differ from the plan" in page.content.decode()


def test_the_cost_is_worked_out_in_sentences_that_can_be_checked_by_hand(voucher: Voucher) -> None:
    page = browser(UserFactory.create(role=Role.AUDITOR)).get(story_of(voucher))

    today = page.context["today"]
    assert today.rule == "Cost rule: By days of residence. To share: 720.00 yuan."
    assert [(authority.name_en, term.fen, after) for authority, term, _here, after in today.terms] == [
        ("Minhang", 14_597, "On 16 March 2026 291 of 365 days are left: 720.00 × 291 ÷ 365 = 574.03 yuan."),
        ("Jing'an", 57_403, "On 1 January 2027 it is over: nothing is left to bear."),
    ]
    assert "Minhang bears 720.00 − 574.03 = 145.97 yuan." in text_of(page)


def test_earlier_plans_are_told_by_what_was_known_then(voucher: Voucher) -> None:
    earlier = browser(UserFactory.create(role=Role.AUDITOR)).get(story_of(voucher)).context["earlier"]

    assert [(told.event, len(told.terms), told.made.agrees) for told in earlier] == [
        ("Issue", 1, True),
        ("Cost share", 2, True),
    ]


def test_the_story_leads_to_the_obligations_the_voucher_is_part_of(voucher: Voucher) -> None:
    client = browser(UserFactory.create(role=Role.AUDITOR))

    page = client.get(story_of(voucher))

    obligation = reverse("obligation", args=[MOVED.replace(day=1), "310112", "310106"])
    assert f'href="{obligation}"' in page.content.decode()
    assert client.get(obligation).status_code == 200


def test_an_obligation_between_others_is_named_but_not_opened(voucher: Voucher) -> None:
    """A third district, where the child lived before and after: it sees the voucher, not what the others owe."""
    pudong = DistrictFactory.create(code="310115", name_en="Pudong")
    move(resident=voucher.resident, to=pudong.code, effective_on=date(2026, 4, 9), stamp=stamp(date(2026, 4, 9)))

    page = browser(administrator_of(pudong)).get(story_of(voucher)).content.decode()

    assert "Minhang owes Jing'an" in unescape(page)
    assert reverse("obligation", args=[MOVED.replace(day=1), "310112", "310106"]) not in page


def test_a_move_recorded_and_taken_back_is_told_with_its_authors(voucher: Voucher) -> None:
    pudong = DistrictFactory.create(code="310115", name_en="Pudong")
    acting = stamp(date(2026, 4, 9), by=UserFactory(name="Ms Li"))
    move(resident=voucher.resident, to=pudong.code, effective_on=date(2026, 4, 9), stamp=acting)
    annul_move(resident=voucher.resident, effective_on=date(2026, 4, 9), stamp=acting)

    page = text_of(browser(UserFactory.create(role=Role.AUDITOR)).get(story_of(voucher)))

    assert "A move to Pudong was recorded for 9 April 2026 and annulled on" in page
    assert "Annulled: booked on 9 April 2026, recorded 10 April 2026, 12:00 by Ms Li." in page


def test_both_districts_the_person_lived_in_read_the_story(voucher: Voucher) -> None:
    readers = [administrator_of(spell.district) for spell in voucher.resident.residences.current()]

    assert [browser(reader).get(story_of(voucher)).status_code for reader in readers] == [200, 200]


def test_a_row_between_others_is_told_but_not_opened(voucher: Voucher) -> None:
    minhang = voucher.resident.residences.current().order_by("start")[0].district

    lines = browser(administrator_of(minhang)).get(story_of(voucher)).context["lines"]

    assert [is_open for _row, _event, _sentence, is_open in lines] == [True, True, True, False, False]


def test_a_voucher_of_somebody_elses_district_does_not_exist(voucher: Voucher) -> None:
    stranger = found_district(code="310230", name_zh="崇明区", name_en="Chongming")
    client = browser(administrator_of(stranger))

    hidden, unknown = client.get(story_of(voucher)), client.get("/vouchers/TH0000000000000/story/")

    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert client.get(reverse("voucher_by_id", args=[voucher.pk])).status_code == 404


def test_the_holder_and_clerks_have_pages_of_their_own(voucher: Voucher) -> None:
    clerk = clerk_of(voucher.programme.providers.get())

    assert browser(account_of(voucher.resident)).get(story_of(voucher)).status_code == 403
    assert browser(clerk).get(story_of(voucher)).status_code == 403


def test_who_is_not_signed_in_is_asked_to_sign_in(voucher: Voucher) -> None:
    assert browser().get(story_of(voucher)).headers["Location"].startswith(reverse("sign_in"))


def test_more_rows_cost_no_more_queries(voucher: Voucher) -> None:
    client = browser(UserFactory.create(role=Role.AUDITOR))
    school = voucher.programme.providers.get()
    few = queries_of(client, story_of(voucher))
    visit(voucher, provider=school, fen=100, key="r2", day=date(2026, 4, 3))
    visit(voucher, provider=school, fen=100, key="r3", day=date(2026, 4, 4))

    assert queries_of(client, story_of(voucher)) == few <= 25
