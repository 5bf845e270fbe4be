"""A provider sends a month and sees what differs in words; the city compares and looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role
from ledger.models import Job
from tests.claims.town import School, a_school, file_of, line, work
from tests.factories import UserFactory, administrator_of
from tests.support.readers import browser, queries_of, run
from tests.support.readers import file_of as text_of_file
from tests.support.town import day_boxes, get, post, text_of
from vouchers.models import ClaimFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 6, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


@pytest.fixture
def school() -> School:
    school = a_school()
    school.took("a")
    school.took("b", 80)
    return school


def upload(school: School, *rows: str) -> str:
    file = SimpleUploadedFile("may.csv", file_of(*rows))
    return text_of(post(school.clerk, "claims_send", month="2026-05", claims=file))


def compared(school: School) -> None:
    city = UserFactory()
    post(city, "claims_reconcile", month="2026-05")
    run(Job.objects.get(kind="reconcile_claims"))


def test_a_month_that_agrees_says_so(school: School) -> None:
    page = upload(school, line("a"), line("b", 80))

    assert "Your claims are here." in page
    assert "Every day agrees with our books." in page
    assert "200.00" in page


def test_a_day_that_differs_is_told_in_words(school: School) -> None:
    page = upload(school, line("a"))

    assert "On 1 day the claims are not what our books hold." in page
    assert "4 May 2026, Compulsory education: claimed 1 services, 120.00 yuan; in our books 2, 200.00 yuan." in page


def test_the_provider_reads_what_to_do_about_each_difference(school: School) -> None:
    upload(school, line("a", 121), line("x", 5))
    compared(school)

    page = text_of(get(school.clerk, "claim_file", ClaimFile.objects.get().pk))

    assert "You redeemed this and do not claim it." in page
    assert "The amount is not the one you redeemed." in page
    assert "We have no redemption of this number." in page


def test_a_bad_file_is_refused_row_by_row(school: School) -> None:
    page = upload(school, line("a", day="2026-04-04"))

    assert "The file was not accepted: 1 rows need to be put right." in page
    assert "This day is not in the month of the file." in page
    assert not ClaimFile.objects.exists()


def test_the_same_file_leads_to_the_first(school: School) -> None:
    upload(school, line("a"))

    page = upload(school, line("a"))

    number = ClaimFile.objects.get().pk
    assert f"Look at claims {number}, which are this very file" in page


def test_what_our_books_hold_can_be_sent_back_as_it_is(school: School) -> None:
    record = text_of_file(browser(school.clerk), f"{reverse('claims_record')}?month=2026-05")
    upload = SimpleUploadedFile("record.csv", record.encode())

    page = text_of(post(school.clerk, "claims_send", month="2026-05", claims=upload))

    assert "Every day agrees with our books." in page


def test_a_later_file_takes_the_place_of_the_first(school: School) -> None:
    upload(school, line("a"))
    first = ClaimFile.objects.get()
    upload(school, line("a"), line("b", 80))

    assert "Later claims of the same month took the place of these." in text_of(
        get(school.clerk, "claim_file", first.pk)
    )
    assert "Replaced" in text_of(get(school.clerk, "claims"))


def test_a_month_that_did_not_change_is_said_to_agree_row_by_row(school: School) -> None:
    upload(school, line("a"), line("b", 80))
    compared(school)

    page = text_of(get(school.clerk, "claim_file", ClaimFile.objects.get().pk))

    assert "Nothing: every claim has its redemption, and every redemption its claim." in page


def test_claims_are_seen_by_those_they_concern(school: School) -> None:
    other = a_school(code="school-mh", district="310112", suffix="-mh")
    upload(school, line("a"))
    address = ClaimFile.objects.get().pk
    answers = {
        user: get(user, "claim_file", address).status_code
        for user in (
            UserFactory(),
            UserFactory(role=Role.AUDITOR),
            administrator_of(school.provider.district),
            administrator_of(other.provider.district),
            other.clerk,
        )
    }

    assert list(answers.values()) == [200, 200, 200, 404, 404]


def test_only_the_city_compares_and_only_clerks_send(school: School) -> None:
    district = administrator_of(school.provider.district)

    assert post(district, "claims_reconcile", month="2026-05").status_code == 403
    assert get(district, "claims_send").status_code == 403
    assert "Compare a month now" not in text_of(get(district, "claims"))


def test_the_list_asks_no_more_for_more_claims(school: School) -> None:
    upload(school, line("a"))
    before = queries_of(browser(school.clerk), reverse("claims"))
    upload(school, line("b"))

    assert queries_of(browser(school.clerk), reverse("claims")) == before


def test_asking_for_a_comparison_shows_its_job(school: School) -> None:
    upload(school, line("a"))

    page = text_of(post(UserFactory(), "claims_reconcile", month="2026-05"))

    assert "Reconcile the claims of a month: May 2026" in page
    assert work(Job.objects.get()).result["found"] == 1


def test_a_payment_to_providers_is_looked_at_and_proposed(school: School) -> None:
    upload(school, line("a"))
    compared(school)
    city = UserFactory()

    overview = text_of(get(city, "provider_payments", month="2026-05"))
    page = text_of(get(city, "provider_payment", "310106", month="2026-05"))
    job = text_of(browser(city).post(f"{reverse('provider_payment', args=['310106'])}?month=2026-05", follow=True))

    assert "To be proposed" in overview
    assert "120.00 yuan are to be paid now." in page
    assert "80.00" in page
    assert "The payment is proposed." in job
    assert "These figures are what is approved." in job and "120.00" in job


def test_a_district_reads_its_own_payments_only(school: School) -> None:
    other = a_school(code="school-mh", district="310112", suffix="-mh")
    district = administrator_of(other.provider.district)

    assert get(district, "provider_payment", "310106", month="2026-05").status_code == 404
    assert "Nothing to pay yet" in text_of(get(district, "provider_payment", "310112", month="2026-05"))
    assert post(district, "provider_payment", "310112").status_code == 403


def test_the_city_suspends_payments_for_some_days(school: School) -> None:
    code, city = school.provider.code, UserFactory()
    first, last, before = (
        day_boxes(name, date(2026, 5, day)) for name, day in (("start", 4), ("last", 5), ("last", 3))
    )

    wrong = text_of(post(city, "suspensions", code, reason="Inspection", **first, **before))
    right = text_of(post(city, "suspensions", code, reason="Inspection", **first, **last))

    assert "The suspension has to last a day at least" in wrong
    assert "Recorded." in right and "5 May 2026" in right
    assert "Inspection" in text_of(get(UserFactory(role=Role.AUDITOR), "suspensions", code))
    assert post(administrator_of(school.provider.district), "suspensions", code).status_code == 403
