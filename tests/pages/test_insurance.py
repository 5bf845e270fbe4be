"""The pages of social insurance: one person's, the steps of a transfer, the comparison, and the resident's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import reverse

from ledger.models import Transfer
from tests.factories import DistrictFactory, ResidentFactory, account_of, clerk_of, stamp
from tests.support.readers import browser
from tests.support.town import TODAY, Town, build_town, day_boxes, get, on_the_day, post, text_of
from vouchers.models import ContributionAccount, InsuranceCase, Provider
from vouchers.services.insurance.contributing import ContributionOrder, contribute_many
from vouchers.services.insurance.joining import open_account
from vouchers.services.insurance.transferring import agree, apply_for_transfer, receive, send

pytestmark = pytest.mark.django_db

SENT_ON = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    """The town, and Huqiu in the pool of Suzhou."""
    DistrictFactory(code="320505", pool="320500", name_zh="虎丘区", name_en="Huqiu")
    return build_town()


@pytest.fixture
def account(town: Town) -> ContributionAccount:
    """何芳, 34, insured in Minhang; 2025 with 4,000.00 yuan a month: 3,840.00 and 9,600.00."""
    person = ResidentFactory(name="何芳", district=town.minhang, born_on=date(1992, 3, 1))
    made = open_account(
        resident=person,
        district=town.minhang,
        day=date(2025, 1, 1),
        registered_pool="310000",
        sex="female",
        stamp=stamp(TODAY),
    )
    orders = [
        ContributionOrder(account=made, month=date(2025, month, 1), wage_fen=400_000, key=f"k{month}")
        for month in range(1, 13)
    ]
    contribute_many(orders=orders, stamp=stamp(TODAY))
    return made


def applied(account: ContributionAccount, *, day: date = date(2026, 6, 8)) -> InsuranceCase:
    huqiu = DistrictFactory(code="320505", pool="320500", name_zh="虎丘区", name_en="Huqiu")
    return apply_for_transfer(account=account, to=huqiu, day=day, stamp=stamp(TODAY))


def finished(account: ContributionAccount) -> InsuranceCase:
    case = applied(account, day=date(2026, 5, 20))
    agree(case=case, day=date(2026, 5, 25), stamp=stamp(TODAY))
    send(case=case, day=SENT_ON, stamp=stamp(TODAY))
    receive(case=case, day=date(2026, 6, 3), stamp=stamp(TODAY))
    return case


def test_a_person_s_page_says_years_balances_and_what_each_rule_would_do(
    town: Town, account: ContributionAccount
) -> None:
    page = text_of(get(town.city, "resident_insurance", account.resident.number))

    assert "Contributed for 1 year and 0 months." in page
    assert "If the person left City today: four rules side by side" in page
    assert "3,840.00" in page and "9,600.00" in page and "48,000.00" in page
    # 12 % of 48,000.00 goes along, the rest is lacking.
    assert "5,760.00 of 9,600.00 yuan go along" in page
    assert "In force today" in page


def test_somebody_who_was_never_insured_has_an_empty_page(town: Town) -> None:
    assert "Not insured yet" in text_of(get(town.city, "resident_insurance", town.lin.number))


def test_a_transfer_is_applied_for_and_waits_for_the_new_place(town: Town, account: ContributionAccount) -> None:
    answers = {"to": "320505", **day_boxes("day", TODAY)}

    page = text_of(post(town.city, "insurance_apply", account.number, **answers))

    assert "The new place has 15 working days to agree." in page
    # 15 June 2026 is a Monday; the 19th is the Dragon Boat Festival.
    assert "Huqiu acts next, until 7 July 2026. 15 working days left." in page
    assert "Record: Agreed by the new place" in page and "Record: Rejected" in page


def test_inside_the_pool_it_is_done_at_once(town: Town, account: ContributionAccount) -> None:
    before = Transfer.objects.count()

    page = text_of(post(town.city, "insurance_apply", account.number, to="310106", **day_boxes("day", TODAY)))

    assert "inside one pool no money moves" in page
    assert Transfer.objects.count() == before


def test_what_is_refused_stands_at_the_form(town: Town, account: ContributionAccount) -> None:
    applied(account)

    page = text_of(post(town.city, "insurance_apply", account.number, to="320505", **day_boxes("day", TODAY)))

    assert "A transfer to Huqiu was applied for on 8 June 2026 and is not finished." in page


def test_every_step_is_taken_in_turn_and_sending_books_the_money(town: Town, account: ContributionAccount) -> None:
    case = applied(account)

    for step in ("agreed", "sent", "received"):
        post(town.city, "insurance_step", case.pk, step, **day_boxes("day", TODAY))

    assert [step.step for step in case.steps.all()] == ["applied", "agreed", "sent", "received"]
    owed = Transfer.objects.between(debtor="310000", creditor="320500").values_list("fen", flat=True)
    assert sorted(owed) == [384_000, 576_000]


def test_a_step_that_does_not_come_next_is_not_there(town: Town, account: ContributionAccount) -> None:
    case = applied(account)

    assert get(town.city, "insurance_step", case.pk, "sent").status_code == 404
    assert get(town.city, "insurance_step", case.pk, "applied").status_code == 404


def test_a_step_before_the_last_one_is_refused_in_words(town: Town, account: ContributionAccount) -> None:
    case = applied(account)

    page = text_of(post(town.city, "insurance_step", case.pk, "agreed", **day_boxes("day", date(2026, 6, 7))))

    assert "The step before was taken on 8 June 2026." in page


def test_a_rejection_needs_its_reason_and_shows_it(town: Town, account: ContributionAccount) -> None:
    case = applied(account)

    without = text_of(post(town.city, "insurance_step", case.pk, "rejected", **day_boxes("day", TODAY)))
    page = text_of(
        post(town.city, "insurance_step", case.pk, "rejected", reason="Bring the pay slips.", **day_boxes("day", TODAY))
    )

    assert "Say why it is rejected." in without
    assert "Rejected: Bring the pay slips." in page


def test_the_list_puts_the_overdue_first_and_says_so(town: Town, account: ContributionAccount) -> None:
    applied(account, day=date(2026, 5, 4))

    page = text_of(get(town.city, "insurance"))

    assert "何芳" in page and "Overdue" in page
    assert "Huqiu acts next, until 25 May 2026." in page


def test_a_year_of_moves_is_compared_under_the_four_rules(town: Town, account: ContributionAccount) -> None:
    finished(account)

    page = text_of(get(town.city, "insurance"))

    assert "Who gains and who bears: the moves of 2026" in page
    assert "1 transfer from pool to pool: four rules side by side" in page
    # 0 %: Shanghai keeps all of 9,600.00; 12 %: 3,840.00 of it.
    assert "+9,600.00" in page and "+3,840.00" in page and "\N{MINUS SIGN}3,840.00" in page


def test_a_finished_transfer_stays_told(town: Town, account: ContributionAccount) -> None:
    finished(account)

    page = text_of(get(town.city, "resident_insurance", account.resident.number))

    assert "Transfer from Minhang to Huqiu: Received by the new place" in page
    assert "Leaving City on 1 June 2026: four rules side by side" in page
    assert "From 1 January 2025, passed on 1 June 2026" in page


def test_the_books_still_sum_to_zero_with_what_is_held_for_the_insured(
    town: Town, account: ContributionAccount
) -> None:
    finished(account)

    page = text_of(get(town.city, "books"))

    # Shanghai: 9,600.00 less 5,760.00; Suzhou: 3,840.00 and 5,760.00.
    assert "Held for the insured" in page and "13,440.00" in page
    assert "th-tag--stop" not in page


def test_residents_see_their_own_account_in_plain_words(town: Town, account: ContributionAccount) -> None:
    applied(account)

    page = text_of(get(account_of(account.resident), "wallet_insurance"))

    assert "3,840.00" in page
    assert "You have contributed for 1 year and 0 months; every month counts wherever you paid it." in page
    assert "Your insurance is moving from Minhang to Huqiu" in page
    assert "You need do nothing." in page


def test_whoever_is_not_insured_reads_what_will_appear(town: Town) -> None:
    page = text_of(get(account_of(town.lin), "wallet_insurance"))

    assert "Your contributions appear here once an employer has insured you." in page


def test_a_ledger_row_leads_to_the_person_s_insurance(town: Town, account: ContributionAccount) -> None:
    row = Transfer.objects.filter(subject=account.subject).first()
    assert row is not None

    answer = browser(town.city).get(reverse("voucher_by_id", args=[row.subject]))

    assert answer.headers["Location"] == reverse("resident_insurance", args=[account.resident.number])


PEOPLE = ("city", "auditor", "district", "clerk", "resident")


@pytest.mark.parametrize(
    ("page", "answers"),
    [
        ("insurance", (200, 200, 403, 403, 403)),
        ("resident_insurance", (200, 200, 403, 403, 403)),
        ("insurance_apply", (200, 403, 403, 403, 403)),
        ("insurance_step", (200, 403, 403, 403, 403)),
        ("wallet_insurance", (403, 403, 403, 403, 200)),
    ],
)
def test_each_page_is_for_those_whose_business_it_is(
    page: str, answers: tuple[int, ...], town: Town, account: ContributionAccount
) -> None:
    case = applied(account)
    school = Provider(code="school", name_zh="学校", name_en="School", kind="school", district=town.minhang)
    school.save()
    people = {
        "city": town.city,
        "auditor": town.auditor,
        "district": town.of_minhang,
        "clerk": clerk_of(school),
        "resident": account_of(town.lin),
    }
    arguments: dict[str, tuple[object, ...]] = {
        "resident_insurance": (account.resident.number,),
        "insurance_apply": (account.number,),
        "insurance_step": (case.pk, "agreed"),
    }

    found = tuple(get(people[name], page, *arguments.get(page, ())).status_code for name in PEOPLE)

    assert found == answers
