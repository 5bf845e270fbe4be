"""Insurance in the books: idempotent, guarded, corrected late, the same in whatever order it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import permutations

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import District, Resident
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import selectors as books
from ledger.models import Transfer
from ledger.services.posting import Entry, post
from ledger.services.verifying import Fault
from ledger.subjects import names_of
from tests.factories import DistrictFactory, ResidentFactory, VoucherFactory, stamp
from vouchers.events import CONTRIBUTION
from vouchers.models import Contribution, ContributionAccount, InsuranceCase
from vouchers.models.insurance import FIRST_SUBJECT, Share
from vouchers.services.insurance.booking import account_names
from vouchers.services.insurance.contributing import (
    ContributionOrder,
    contribute,
    contribute_many,
    correct_contribution,
)
from vouchers.services.insurance.crediting import accounts_earning, credit_interest
from vouchers.services.insurance.deciding import decide_share
from vouchers.services.insurance.joining import open_account
from vouchers.services.insurance.transferring import agree, apply_for_transfer, receive, reject, send, surrender
from vouchers.services.insurance.verifying import contribution_accounts

pytestmark = pytest.mark.django_db

LATER = date(2026, 1, 5)
"""A day on which every month of these tests is over."""


@pytest.fixture
def minhang() -> District:
    return DistrictFactory(code="310112", pool="310000")


@pytest.fixture
def suzhou() -> District:
    return DistrictFactory(code="320505", pool="320500")


@pytest.fixture
def lin(minhang: District) -> Resident:
    return ResidentFactory(name="林", district=minhang, since=date(2000, 1, 1), born_on=date(1980, 6, 15))


@pytest.fixture
def account(lin: Resident, minhang: District) -> ContributionAccount:
    return opened(lin, minhang)


def now() -> Stamp:
    return stamp(LATER)


def opened(resident: Resident, district: District, *, day: date = date(2010, 1, 1)) -> ContributionAccount:
    return open_account(
        resident=resident, district=district, day=day, registered_pool=district.pool_id, sex="female", stamp=now()
    )


def paid(account: ContributionAccount, month: date, wage_fen: int, *, key: str = "") -> Contribution:
    return contribute(account=account, month=month, wage_fen=wage_fen, key=key or f"{account.pk}/{month}", stamp=now())


def carried(account: ContributionAccount, to: District, *, day: date) -> InsuranceCase:
    """Take a case through all its steps on one day."""
    case = apply_for_transfer(account=account, to=to, day=day, stamp=now())
    for step in (agree, send, receive):
        step(case=case, day=day, stamp=now())
    return case


def in_books(*codes: str) -> list[int]:
    """Return the balances of accounts, debits minus credits in fen."""
    found = books.books()
    return [found.get(code, 0) for code in codes]


def refusal_of(call: object, **values: object) -> str:
    assert callable(call)
    with pytest.raises(Refused) as caught:
        call(**values)
    return caught.value.code


# Contributions


def test_a_contribution_is_booked_in_two_parts(account: ContributionAccount) -> None:
    paid(account, date(2012, 3, 1), 450_001)

    assert in_books("310000/pension/individual", "310000/pension/pooled", "310000/cash") == [-36_000, -90_000, 126_000]


def test_the_same_key_with_the_same_content_books_once(account: ContributionAccount) -> None:
    first = paid(account, date(2012, 3, 1), 450_000, key="k")

    again = paid(account, date(2012, 3, 1), 450_000, key="k")

    assert again == first and Transfer.objects.count() == 2


def test_the_same_key_with_other_content_is_refused(account: ContributionAccount) -> None:
    paid(account, date(2012, 3, 1), 450_000, key="k")

    assert refusal_of(paid, account=account, month=date(2012, 4, 1), wage_fen=450_000, key="k") == "key_reused"


@pytest.mark.parametrize(
    ("month", "code"),
    [
        (date(1997, 12, 1), "before_the_scheme"),
        (date(2009, 12, 1), "before_opening"),
        (date(2026, 2, 1), "month_ahead"),
        (date(2012, 3, 1), "month_taken"),
    ],
)
def test_a_month_that_cannot_be_is_refused(account: ContributionAccount, month: date, code: str) -> None:
    paid(account, date(2012, 3, 1), 450_000)

    assert refusal_of(paid, account=account, month=month, wage_fen=1, key="other") == code


def test_a_month_is_contributed_in_one_place_only(account: ContributionAccount, suzhou: District) -> None:
    paid(account, date(2012, 3, 1), 450_000)
    there = opened(account.resident, suzhou)

    assert refusal_of(paid, account=there, month=date(2012, 3, 1), wage_fen=1) == "month_taken"


def test_a_month_corrected_to_nothing_may_be_contributed_elsewhere(
    account: ContributionAccount, suzhou: District
) -> None:
    paid(account, date(2012, 3, 1), 450_000)
    there = opened(account.resident, suzhou)

    correct_contribution(account=account, month=date(2012, 3, 1), wage_fen=0, key="c", stamp=now())
    paid(there, date(2012, 3, 1), 450_000)

    assert in_books("310000/pension/individual", "320500/pension/individual") == [0, -36_000]


def test_nothing_is_corrected_where_nothing_is(account: ContributionAccount) -> None:
    values = {"account": account, "month": date(2012, 3, 1), "wage_fen": 1, "key": "c", "stamp": now()}

    assert refusal_of(correct_contribution, **values) == "no_contribution"


def test_many_contributions_are_accepted_or_refused_each_on_its_own(
    account: ContributionAccount, minhang: District
) -> None:
    other = opened(ResidentFactory(district=minhang), minhang)
    orders = [
        ContributionOrder(account=account, month=date(2012, 3, 1), wage_fen=450_000, key="a"),
        ContributionOrder(account=other, month=date(2012, 3, 1), wage_fen=300_000, key="b"),
        ContributionOrder(account=other, month=date(2012, 3, 1), wage_fen=300_000, key="c"),
        ContributionOrder(account=account, month=date(2012, 3, 1), wage_fen=450_000, key="a"),
    ]

    outcome = contribute_many(orders=orders, stamp=now())

    assert set(outcome.rows) == {"a", "b"}
    assert {key: refusal.code for key, refusal in outcome.refused.items()} == {"c": "month_taken"}
    assert in_books("310000/pension/individual") == [-60_000]


def test_a_month_corrected_twice_in_one_list_ends_with_the_last(account: ContributionAccount) -> None:
    paid(account, date(2012, 3, 1), 450_000)
    orders = [
        ContributionOrder(account=account, month=date(2012, 3, 1), wage_fen=wage, key=f"c{wage}", correction=True)
        for wage in (100_000, 200_000)
    ]

    contribute_many(orders=orders, stamp=now())

    assert in_books("310000/pension/individual") == [-16_000]


# Joining


def test_the_id_number_tells_the_sex_and_the_day_of_birth(minhang: District) -> None:
    person = ResidentFactory(district=minhang, since=date(2000, 1, 1), id_number="11010519491231002X")

    made = open_account(resident=person, district=minhang, day=date(2010, 1, 1), registered_pool="310000", stamp=now())

    assert (made.sex, made.kind) == ("female", "relationship")


def test_without_a_sex_or_a_registered_place_nobody_is_insured(lin: Resident, minhang: District) -> None:
    values = {"resident": lin, "district": minhang, "day": date(2010, 1, 1), "stamp": now()}

    assert refusal_of(open_account, **values, sex="male") == "registered_place_unknown"
    assert refusal_of(open_account, **values, registered_pool="310000") == "sex_unknown"


def test_whoever_is_insured_in_a_pool_is_not_insured_there_again(account: ContributionAccount) -> None:
    assert refusal_of(opened, resident=account.resident, district=account.district) == "already_insured"


def test_age_has_to_be_known_where_it_decides(minhang: District, suzhou: District) -> None:
    person = ResidentFactory(district=minhang)
    opened(person, minhang)

    values = {"resident": person, "district": suzhou, "day": date(2012, 1, 1), "stamp": now()}

    assert refusal_of(open_account, **values) == "birthday_unknown"


def test_age_does_not_have_to_be_known_at_the_registered_place(minhang: District, suzhou: District) -> None:
    person = ResidentFactory(district=minhang)
    opened(person, minhang)

    assert opened(person, suzhou).kind == "relationship"


# Passing on


def test_a_rejected_case_leaves_everything_where_it_is(account: ContributionAccount, suzhou: District) -> None:
    paid(account, date(2012, 3, 1), 450_000)
    case = apply_for_transfer(account=account, to=suzhou, day=date(2013, 1, 4), stamp=now())

    reject(case=case, day=date(2013, 1, 10), reason="Documents are missing.", stamp=now())

    assert in_books("310000/pension/individual", "320500/pension/individual") == [-36_000, 0]
    assert apply_for_transfer(account=account, to=suzhou, day=date(2013, 2, 1), stamp=now()).pk != case.pk


def test_steps_come_one_after_the_other(account: ContributionAccount, suzhou: District) -> None:
    case = apply_for_transfer(account=account, to=suzhou, day=date(2013, 1, 4), stamp=now())

    assert refusal_of(send, case=case, day=date(2013, 1, 5), stamp=now()) == "step_not_possible"
    assert refusal_of(agree, case=case, day=date(2013, 1, 3), stamp=now()) == "step_out_of_order"


def test_no_step_is_taken_before_its_day_or_before_the_account(account: ContributionAccount) -> None:
    jingan, ahead, before = DistrictFactory(code="310106"), date(2026, 1, 6), date(2009, 12, 31)

    assert refusal_of(apply_for_transfer, account=account, to=jingan, day=ahead, stamp=now()) == "day_ahead"
    assert refusal_of(apply_for_transfer, account=account, to=jingan, day=before, stamp=now()) == "before_opening"


def test_a_relationship_begun_before_the_age_is_still_joined_after_it(
    account: ContributionAccount, suzhou: District
) -> None:
    day, elsewhere = date(2025, 1, 6), DistrictFactory(code="340104", pool="340100")

    opened(account.resident, suzhou, day=date(2019, 1, 1))

    assert refusal_of(apply_for_transfer, account=account, to=elsewhere, day=day, stamp=now()) == "relationship_stays"
    assert apply_for_transfer(account=account, to=suzhou, day=day, stamp=now()).to == suzhou


def test_a_case_keeps_the_rule_of_the_day_it_was_applied_for(account: ContributionAccount, suzhou: District) -> None:
    paid(account, date(2012, 3, 1), 450_000)
    case = apply_for_transfer(account=account, to=suzhou, day=date(2013, 1, 4), stamp=now())

    decide_share(share=Share.WHOLE, valid_from=date(2013, 1, 5), source="a test", stamp=now())
    agree(case=case, day=date(2013, 1, 7), stamp=now())
    send(case=case, day=date(2013, 1, 8), stamp=now())

    assert in_books("320500/pension/pooled") == [-54_000]


def test_what_was_passed_on_takes_late_months_but_no_later_ones(account: ContributionAccount, suzhou: District) -> None:
    carried(account, suzhou, day=date(2013, 1, 4))

    paid(account, date(2012, 3, 1), 450_000)

    assert in_books("310000/pension/individual", "320500/pension/individual") == [0, -36_000]
    assert refusal_of(paid, account=account, month=date(2013, 2, 1), wage_fen=1) == "account_passed_on"


def test_a_correction_to_less_comes_back_from_where_it_went(account: ContributionAccount, suzhou: District) -> None:
    paid(account, date(2012, 3, 1), 450_000)
    carried(account, suzhou, day=date(2013, 1, 4))

    correct_contribution(account=account, month=date(2012, 3, 1), wage_fen=400_000, key="c", stamp=now())

    assert in_books("310000/pension/individual", "320500/pension/individual") == [0, -32_000]
    assert in_books("310000/pension/pooled", "320500/pension/pooled") == [-32_000, -48_000]
    assert Transfer.objects.between(debtor="320500", creditor="310000").count() == 2


def test_nobody_is_paid_out(account: ContributionAccount) -> None:
    assert refusal_of(surrender, account=account) == "no_surrender"


def test_schemes_are_merged_by_passing_the_account_on_inside_the_pool(lin: Resident, minhang: District) -> None:
    before = open_account(
        resident=lin,
        district=minhang,
        day=date(2010, 1, 1),
        scheme="comprehensive",
        registered_pool="310000",
        sex="female",
        stamp=now(),
    )
    paid(before, date(2010, 3, 1), 300_000)

    apply_for_transfer(account=before, to=minhang, scheme="pension", day=date(2011, 7, 1), stamp=now())

    assert in_books("310000/comprehensive/individual", "310000/pension/individual") == [0, -24_000]
    assert in_books("310000/comprehensive/pooled", "310000/pension/pooled") == [0, -60_000]
    assert books.obligations_by_month() == {}


# Interest


def test_interest_is_credited_once_a_year_and_only_afterwards(account: ContributionAccount) -> None:
    paid(account, date(2016, 1, 1), 100_000)

    credit_interest(accounts=list(accounts_earning(scheme="pension", year=2016)), year=2016, stamp=now())

    assert in_books("310000/pension/individual") == [-8_665]
    assert list(accounts_earning(scheme="pension", year=2016)) == []
    assert refusal_of(credit_interest, accounts=[account], year=2016, stamp=now()) == "interest_credited"
    assert refusal_of(credit_interest, accounts=[account], year=2015, stamp=now()) == "no_rate"
    assert refusal_of(credit_interest, accounts=[account], year=2026, fen=1, stamp=now()) == "year_not_over"


def test_what_comes_late_earns_its_interest_too(account: ContributionAccount) -> None:
    credit_interest(accounts=[account], year=2016, stamp=now())

    paid(account, date(2016, 1, 1), 100_000)

    assert in_books("310000/pension/individual") == [-8_665]


# Order, and no fen lost

Act = tuple[str, int]
ACTS: Sequence[Act] = [("pay", 2012), ("pay", 2016), ("fix", 2012), ("interest", 2016), ("late", 2015)]


def record(act: Act, *, account: ContributionAccount) -> None:
    name, year = act
    month = date(year, 6, 1)
    if name == "interest":
        credit_interest(accounts=[account], year=year, stamp=now())
    elif name == "fix":
        correct_contribution(account=account, month=date(year, 5, 1), wage_fen=333_333, key="fix", stamp=now())
    else:
        paid(account, month, 450_001)


@pytest.mark.parametrize("order", list(permutations(ACTS))[::17], ids=str)
def test_the_same_facts_in_any_order_end_in_the_same_books(
    order: Sequence[Act], account: ContributionAccount, suzhou: District
) -> None:
    paid(account, date(2012, 5, 1), 222_222)
    before, after = order[:2], order[2:]

    for act in before:
        record(act, account=account)
    carried(account, suzhou, day=date(2017, 3, 1))
    for act in after:
        record(act, account=account)

    # Credited: 8 % of 333,333 + 3 × 450,001 = 26,667 + 3 × 36,000; 2016: (98,667 × 12 + 36,000 × 7) × 8.31 % / 12.
    individual = 26_667 + 3 * 36_000 + 9_944
    # Pooled: 20 %; goes along: 12 % of each year's wages.
    shares = 94_000 + 54_000 + 54_000
    pooled = 66_667 + 3 * 90_000
    assert in_books("310000/pension/individual", "320500/pension/individual") == [0, -individual]
    assert in_books("310000/pension/pooled", "320500/pension/pooled") == [shares - pooled, -shares]


MONTHS = [date(2016, month, 1) for month in (1, 5, 12)] + [date(2017, 2, 1)]
happenings = st.lists(
    st.tuples(st.sampled_from(["pay", "fix", "interest", "move", "decide"]), st.integers(0, 3), st.integers(0, 10**6)),
    max_size=9,
)


@given(happenings=happenings)
def test_no_sequence_of_contributions_and_transfers_loses_a_fen(happenings: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        districts = [
            DistrictFactory(code=code, pool=pool)
            for code, pool in [("310112", "310000"), ("310106", "310000"), ("320505", "320500"), ("340104", "340100")]
        ]
        person = ResidentFactory(district=districts[0], born_on=date(1990, 1, 1))
        opened(person, districts[0])

        for number, (what, choice, fen) in enumerate(happenings):
            try_to(what, choice=choice, fen=fen, number=number, person=person, to=districts[choice])

        found = books.books()
        held = sum(fen for code, fen in found.items() if code.endswith(("/individual", "/pooled")))
        cash = sum(fen for code, fen in found.items() if code.endswith("/cash"))
        assert held + cash == 0
        assert contribution_accounts() == {"contribution_accounts": ContributionAccount.objects.count()}
        transaction.set_rollback(True)


def try_to(what: str, *, choice: int, fen: int, number: int, person: Resident, to: District) -> None:
    """Do something to the account that is open; what the rules refuse changes nothing."""
    account = ContributionAccount.objects.filter(resident=person).open().latest("pk")
    first = ContributionAccount.objects.filter(resident=person).earliest("pk")
    key, month = f"k{number}", MONTHS[choice]
    acts: dict[str, Callable[[], object]] = {
        "pay": lambda: contribute(account=account, month=month, wage_fen=fen, key=key, stamp=now()),
        "fix": lambda: correct_contribution(account=first, month=month, wage_fen=fen, key=key, stamp=now()),
        "interest": lambda: credit_interest(accounts=[first], year=2016, stamp=now()),
        "move": lambda: carried(account, to, day=date(2017, 3, number + 1)),
        "decide": lambda: decide_share(
            share=Share.values[choice], valid_from=date(2017, 3, number + 1), source="a test", stamp=now()
        ),
    }
    try:
        acts[what]()
    except Refused:
        return


# The books


def test_subjects_of_insurance_and_of_vouchers_never_meet(account: ContributionAccount) -> None:
    voucher = VoucherFactory(resident=account.resident)

    assert account.subject == FIRST_SUBJECT + account.pk
    assert names_of([account.subject, voucher.pk]) == {account.subject: account.number, voucher.pk: voucher.number}


@pytest.mark.parametrize(
    "table", ["contributionaccount", "contribution", "insurancecase", "insurancecasestep", "insurancepassage"]
)
def test_what_was_recorded_is_never_deleted(table: str, account: ContributionAccount, suzhou: District) -> None:
    paid(account, date(2012, 3, 1), 450_000)
    carried(account, suzhou, day=date(2013, 1, 4))

    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM vouchers_{table}")


def test_an_account_is_passed_on_once(account: ContributionAccount, suzhou: District) -> None:
    case = carried(account, suzhou, day=date(2013, 1, 4))

    values = {"account": account, "to": suzhou, "day": date(2013, 2, 4), "stamp": now()}

    assert refusal_of(apply_for_transfer, **values) == "account_passed_on"
    assert case.passage.destination.pool_id == "320500"


def test_a_contribution_that_no_row_books_is_found(account: ContributionAccount) -> None:
    Contribution.objects.create(account=account, month=date(2012, 3, 1), wage_fen=100, key="x", booked_on=LATER)

    with pytest.raises(Fault, match="0 fen, where its facts say 8 fen"):
        contribution_accounts()


def test_a_row_that_no_contribution_explains_is_found(account: ContributionAccount) -> None:
    individual, pooled = account_names(account)
    entry = Entry("x", CONTRIBUTION, "by hand", LATER, pooled, individual, 5, subject=account.subject)
    post(entries=[entry], stamp=now())

    with pytest.raises(Fault, match="5 fen, where its facts say 0 fen"):
        contribution_accounts()
