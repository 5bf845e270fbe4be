"""Filing a visit on the phone and at the desk, ending it, and what the clerk is told."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from accounts.models import User
from ledger.models import Transfer
from tests.factories import ProviderFactory, ResidentFactory, account_of, clerk_of, stamp
from tests.support.town import TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.models import Provider, VisitBill, Visitor, VisitorFiling, Visits, VisitTerms
from vouchers.services.catalogue import set_visit_terms
from vouchers.services.filing import file_visit
from vouchers.visits import Terms

pytestmark = pytest.mark.django_db

#: What a resident answers for a long stay in Pudong.
LONG_STAY = {"district": "310115", "visitor": "long_term"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    town = build_town()
    town.education.visits = Visits.FILED
    town.education.save()
    return town


@pytest.fixture
def lin(town: Town) -> User:
    return account_of(town.lin)


@pytest.fixture
def school(town: Town) -> Provider:
    return ProviderFactory(district=town.pudong, programmes=[town.education])


@pytest.fixture
def clerk(school: Provider) -> User:
    return clerk_of(school)


def filed(town: Town, *, visitor: str = Visitor.LONG_TERM, start: date = TODAY) -> VisitorFiling:
    until = None if visitor == Visitor.LONG_TERM else date(2027, 1, 1)
    return file_visit(
        resident=town.lin, district="310115", visitor=visitor, start=start, until=until, stamp=stamp(TODAY)
    )


def claim(town: Town, amount: str = "48.89", **more: str) -> dict[str, str]:
    return {"number": town.voucher.number, "amount": amount, "key": str(uuid.uuid4()), **more}


def pays(town: Town, percent: int = 80) -> VisitTerms:
    terms = Terms(percent, deductible_fen=0, points_off_referred=10, points_off_unreferred=20)
    return set_visit_terms(programme=town.education, since=date(2026, 1, 1), terms=terms, stamp=stamp(TODAY))


# On the phone, one question a page


def test_the_wallet_says_which_vouchers_need_a_filing(town: Town, lin: User) -> None:
    page = text_of(get(lin, "wallet_visits"))

    assert "These need a filing before they are used in another district: <strong>Education</strong>" in page
    assert "Nothing is filed yet" in page


def test_where_no_voucher_needs_one_the_wallet_says_so(town: Town) -> None:
    page = text_of(get(account_of(ResidentFactory(district=town.pudong)), "wallet_visits"))

    assert "None of your vouchers needs a filing now." in page


def test_one_question_follows_another(lin: User) -> None:
    first = text_of(get(lin, "wallet_visit_new"))
    second = text_of(post(lin, "wallet_visit_new", district="310115"))
    third = text_of(post(lin, "wallet_visit_new", district="310115", visitor="referred"))

    assert "In which district?" in first and "Why there?" not in first
    assert "Why there?" in second and "In which district?" not in second
    assert "Until which day?" in third and "Why there?" not in third
    assert '<input type="hidden" name="district" value="310115">' in third


def test_a_long_stay_is_asked_no_last_day_and_shown_before_it_is_filed(lin: User) -> None:
    page = text_of(post(lin, "wallet_visit_new", **LONG_STAY))

    assert "Use vouchers in Pudong too?" in page
    assert "From 15 June 2026 until you end it" in page
    assert VisitorFiling.objects.count() == 0


def test_a_confirmed_filing_holds_from_today_on_and_is_listed(town: Town, lin: User) -> None:
    page = text_of(post(lin, "wallet_visit_new", **LONG_STAY, step="confirm"))

    filing = VisitorFiling.objects.get()
    assert (filing.resident, filing.district, filing.start, filing.end) == (town.lin, town.pudong, TODAY, None)
    assert filing.recorded_by == lin
    assert "The filing is recorded. 林小雨 may use vouchers in Pudong." in page
    assert "From 15 June 2026 until it is ended" in page


def test_a_temporary_filing_is_offered_six_months(lin: User) -> None:
    page = get(lin, "wallet_visit_new")
    answers = {"district": "310115", "visitor": "emergency"}

    form = post(lin, "wallet_visit_new", **answers).context["form"]
    post(lin, "wallet_visit_new", **answers, **day_boxes("last_day", form.initial["last_day"]), step="confirm")

    assert page.status_code == 200
    assert form.initial["last_day"] == date(2026, 12, 14)
    assert VisitorFiling.objects.get().until == date(2026, 12, 15)


def test_less_than_six_months_is_refused_where_the_day_was_asked(lin: User) -> None:
    answers = {"district": "310115", "visitor": "emergency", **day_boxes("last_day", date(2026, 12, 13))}

    page = text_of(post(lin, "wallet_visit_new", **answers))

    assert "A temporary filing lasts six months at least: from 15 June 2026, 14 December 2026 or later" in page
    assert "Until which day?" in page


def test_home_is_refused_with_a_reason(lin: User) -> None:
    page = text_of(post(lin, "wallet_visit_new", district="310106", visitor="long_term"))

    assert "林小雨 lives in Jing'an on 15 June 2026. At home no filing is needed." in page
    assert "<title>Error: Use vouchers in another district" in page


def test_a_second_filing_names_the_first(town: Town, lin: User) -> None:
    filed(town, start=date(2026, 6, 1))

    page = text_of(post(lin, "wallet_visit_new", **LONG_STAY))

    assert "There is a filing for Pudong from 1 June 2026 already." in page


def test_change_brings_one_question_back_with_its_answer(lin: User) -> None:
    page = text_of(post(lin, "wallet_visit_new", **LONG_STAY, change="district"))

    assert '<option value="310115" selected>' in page
    assert '<input type="hidden" name="visitor" value="long_term">' in page
    assert "Error" not in page


def test_a_guardian_says_whose_vouchers_they_are(town: Town, lin: User) -> None:
    child = ResidentFactory(name="小雨", district=town.jingan, guardian=town.lin)

    first = text_of(get(lin, "wallet_visit_new"))
    post(lin, "wallet_visit_new", who=child.number, **LONG_STAY, step="confirm")

    assert "Whose vouchers are used elsewhere?" in first
    assert f"{child.number} 小雨" not in first
    assert VisitorFiling.objects.get().resident == child


def test_nobody_files_for_somebody_else(town: Town, lin: User) -> None:
    ResidentFactory(district=town.jingan, guardian=town.lin)
    stranger = ResidentFactory(district=town.jingan)

    post(lin, "wallet_visit_new", who=stranger.number, **LONG_STAY, step="confirm")

    assert VisitorFiling.objects.count() == 0


def test_a_filing_is_ended_after_a_question(town: Town, lin: User) -> None:
    filing = filed(town)

    asked = text_of(get(lin, "wallet_visit_end", filing.pk))
    page = text_of(post(lin, "wallet_visit_end", filing.pk))

    assert "End the filing of 林小雨 for Pudong?" in asked
    assert "The filing is ended. What was used under it stays paid." in page
    assert VisitorFiling.objects.get().end == TODAY


def test_one_that_is_still_to_come_is_ended_before_it_begins(town: Town, lin: User) -> None:
    filing = filed(town, start=TODAY + timedelta(days=30))

    page = text_of(post(lin, "wallet_visit_end", filing.pk))

    assert "Ended before 15 July 2026" in page


def test_ended_twice_it_says_so(town: Town, lin: User) -> None:
    filing = filed(town)
    post(lin, "wallet_visit_end", filing.pk)

    page = text_of(post(lin, "wallet_visit_end", filing.pk))

    assert "林小雨 has no filing for Pudong that could be ended on 15 June 2026." in page


def test_a_filing_of_somebody_else_is_not_there(town: Town) -> None:
    filing = filed(town)
    stranger = account_of(ResidentFactory(district=town.jingan))

    assert get(stranger, "wallet_visit_end", filing.pk).status_code == 404
    assert "Pudong" not in text_of(get(stranger, "wallet_visits"))


def test_the_places_of_a_voucher_say_that_a_filing_is_needed(town: Town, lin: User, school: Provider) -> None:
    page = text_of(get(lin, "wallet_places", town.voucher.number))

    assert "In another one it holds after a filing, which you can make at once." in page


# At the desk


def test_the_district_of_the_resident_files_and_ends(town: Town) -> None:
    answers = {"district": "310115", "visitor": "referred", **day_boxes("start", date(2026, 6, 1))}
    last = day_boxes("last_day", date(2027, 1, 31))

    page = text_of(post(town.of_jingan, "resident_visit_new", town.lin.number, **answers, **last))
    filing = VisitorFiling.objects.get()
    ended = text_of(post(town.of_jingan, "resident_visit_end", town.lin.number, filing.pk))

    assert "Referred by a provider at home" in page
    assert "From 1 June 2026 to 31 January 2027" in page
    assert "Ended" in ended


def test_a_temporary_filing_without_a_last_day_is_asked_for_it(town: Town) -> None:
    answers = {"district": "310115", "visitor": "referred", **day_boxes("start", TODAY)}

    page = text_of(post(town.of_jingan, "resident_visit_new", town.lin.number, **answers))

    assert "Enter the last day." in page


def test_a_long_term_filing_takes_no_last_day(town: Town) -> None:
    last = day_boxes("last_day", date(2026, 12, 14))

    post(town.of_jingan, "resident_visit_new", town.lin.number, **LONG_STAY, **day_boxes("start", TODAY), **last)

    assert VisitorFiling.objects.get().until is None


def test_what_the_rules_refuse_is_said_on_the_page(town: Town) -> None:
    answers = {**LONG_STAY, "district": "310106", **day_boxes("start", TODAY)}

    page = text_of(post(town.of_jingan, "resident_visit_new", town.lin.number, **answers))

    assert "At home no filing is needed." in page


def test_an_auditor_reads_the_filings_and_is_offered_nothing(town: Town) -> None:
    filed(town)

    page = text_of(get(town.auditor, "resident", town.lin.number))

    assert "Use in another district" in page and "File a visit" not in page


def test_the_city_fixes_what_is_paid_from_a_day_on(town: Town) -> None:
    answers = {"percent": "85", "deductible_fen": "1000", "points_off_referred": "10", "points_off_unreferred": "20"}

    page = text_of(post(town.city, "programme_visit_terms", "education", **answers, **day_boxes("since", TODAY)))

    assert VisitTerms.objects.get().terms == Terms(85, 100_000, 10, 20)
    assert "From 15 June 2026 on: 85 % of what is in scope above 1,000.00 yuan" in page


@pytest.mark.parametrize("percent", ["", "101", "-1", "much"])
def test_a_share_outside_the_whole_is_refused(town: Town, percent: str) -> None:
    page = text_of(post(town.city, "programme_visit_terms", "education", percent=percent, **day_boxes("since", TODAY)))

    assert "Enter a number from 0 to 100." in page
    assert VisitTerms.objects.count() == 0


def test_terms_are_set_only_where_visits_are_filed(town: Town) -> None:
    town.education.visits = Visits.OPEN
    town.education.save()

    assert get(town.city, "programme_visit_terms", "education").status_code == 404


# At the counter


def test_the_clerk_is_told_why_and_what_the_resident_can_do(town: Town, clerk: User) -> None:
    page = text_of(post(clerk, "counter", **claim(town)))

    assert "The resident lives in Jing'an on 15 June 2026. Education needs a visitor filing for Pudong" in page
    assert "The resident can file on the phone now, under “My vouchers”, “Use in another district”" in page


def test_after_filing_the_same_voucher_is_taken(town: Town, clerk: User) -> None:
    filed(town)

    page = text_of(post(clerk, "counter_confirm", **claim(town)))

    assert "48.89 yuan of Education were taken" in page


def test_for_home_only_the_clerk_is_told_where_it_can_be_used(town: Town, clerk: User) -> None:
    town.education.visits = Visits.HOME_ONLY
    town.education.save()

    page = text_of(post(clerk, "counter", **claim(town)))

    assert "Education can be used at home only. Send the resident to a provider in the own district." in page


def test_under_terms_the_clerk_is_asked_for_the_bill(town: Town, clerk: User) -> None:
    filed(town)
    pays(town)

    page = text_of(post(clerk, "counter", **claim(town)))

    assert "Give the whole bill and what of it is in scope here." in page
    assert '<details class="govuk-details" open> <summary class="govuk-details__summary"><span' in page


def test_too_much_is_refused_with_what_may_be_taken_and_what_the_person_pays(town: Town, clerk: User) -> None:
    filed(town)
    pays(town)

    page = text_of(post(clerk, "counter", **claim(town, "64.29", bill_fen="64.29", in_scope_fen="61.11")))

    assert "the voucher pays 48.89 yuan at most, and the resident 15.40 yuan; 64.29 yuan were asked for" in page


def test_what_each_pays_is_shown_before_and_after(town: Town, clerk: User) -> None:
    filed(town)
    pays(town)
    visit = claim(town, bill_fen="64.29", in_scope_fen="61.11")

    looked = text_of(post(clerk, "counter", **visit))
    done = text_of(post(clerk, "counter_confirm", **visit))

    assert "64.29 yuan, 61.11 yuan of it in scope" in looked and "15.40 yuan" in looked
    assert "The resident pays 15.40 yuan of the bill." in done
    assert VisitBill.objects.get().bill == (6_429, 6_111)
    assert Transfer.objects.get(event="redeem").fen == 4_889


@pytest.mark.parametrize(
    ("bill", "what"),
    [
        ({"bill_fen": "64.29"}, "Enter the whole bill and what of it is in scope, or neither."),
        ({"in_scope_fen": "61.11"}, "Enter the whole bill and what of it is in scope, or neither."),
        ({"bill_fen": "61.11", "in_scope_fen": "64.29"}, "No more can be in scope than is on the bill."),
        ({"bill_fen": "much", "in_scope_fen": "61.11"}, "Enter the amount in yuan"),
    ],
)
def test_a_bill_is_given_whole(town: Town, clerk: User, bill: dict[str, str], what: str) -> None:
    assert what in text_of(post(clerk, "counter", **claim(town, **bill)))
