"""A provider's month comes whole or not at all, once, and its days are held to their totals."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pytest
from django.utils.translation import override
from openpyxl import Workbook

from tests.claims.town import MONTH, SENT, School, a_school, file_of, line
from tests.factories import stamp
from vouchers.claim_matching import Named, Total
from vouchers.models import ClaimFile, ClaimLine, ClaimTotal
from vouchers.services import claiming
from vouchers.services.counter import NoSuchProgramme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]

DAY = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def school() -> School:
    return a_school()


def problems(school: School, content: bytes, *, day: date = SENT) -> list[tuple[int, str]]:
    with pytest.raises(claiming.ClaimFileHasProblems) as refused:
        claiming.send_file(
            clerk=school.clerk, month=MONTH, file_name="x", content=content, stamp=stamp(day, by=school.clerk)
        )
    assert not ClaimFile.objects.exists()
    return [(problem.row, str(problem.text)) for problem in refused.value.problems]


def totals(school: School, *given: Total) -> ClaimFile:
    return claiming.send_totals(clerk=school.clerk, month=MONTH, totals=list(given), stamp=stamp(SENT, by=school.clerk))


def lines(school: School, file: ClaimFile, *given: Named) -> None:
    claiming.send_lines(clerk=school.clerk, file_id=file.pk, lines=list(given), stamp=stamp(SENT, by=school.clerk))


def claim(key: str, fen: int = 100) -> Named:
    return Named(0, "education", DAY, key, fen)


def test_a_file_becomes_totals_and_lines_that_tie(school: School) -> None:
    file = school.sends(line("a"), line("b", 80), line("c", day="2026-05-05"), line("a", 1))

    assert list(file.totals.values_list("day", "number", "fen")) == [(DAY, 3, 20_100), (date(2026, 5, 5), 1, 12_000)]
    assert file.lines.filter(repeats=True).get().row == 5
    assert all(file.totals.values_list("check_sum", flat=True))


def test_every_bad_row_is_named_and_nothing_is_kept(school: School) -> None:
    found = problems(
        school,
        file_of(
            line("good"),
            line("day", day="4 May"),
            line("month", day="2026-04-30"),
            line("ahead", day="2026-05-31"),
            line("programme", programme="pensions"),
            line("two words"),
            line("free", 0),
            line("code", voucher="TH-1"),
        ),
        day=date(2026, 5, 30),
    )

    assert found == [
        (3, "The day must be one such as 2026-03-16."),
        (4, "This day is not in the month of the file."),
        (5, "This day has not come yet."),
        (6, "There is no programme “pensions”."),
        (7, "The number of the redemption must have 1 to 64 letters, figures or signs, without spaces."),
        (8, "The amount must be yuan above zero, such as 120.00."),
        (9, "This is no voucher number. Leave it empty when you do not have it."),
    ]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"programme,day,yuan\neducation,2026-05-04,1", 1),
        (b"programme,day,redemption,yuan", 0),
        (b"\xff\xfe\x00\x01", 0),
        (b"PK\x03\x04 and no workbook", 0),
    ],
)
def test_what_is_no_file_of_claims_is_refused_as_a_whole(school: School, content: bytes, row: int) -> None:
    assert [found for found, _text in problems(school, content)] == [row]


def test_a_workbook_is_read_like_a_file(school: School) -> None:
    book, content = Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(["项目", "服务日期", "核销编号", "金额"])
    sheet.append(["义务教育", DAY, "a", 120.5])
    sheet.append(["education", "2026年5月5日", 17, 80])
    book.save(content)

    file = claiming.send_file(
        clerk=school.clerk,
        month=MONTH,
        file_name="may.xlsx",
        content=content.getvalue(),
        stamp=stamp(SENT, by=school.clerk),
    )

    assert list(file.lines.values_list("row", "day", "key", "fen")) == [
        (2, DAY, "a", 12_050),
        (3, date(2026, 5, 5), "17", 8_000),
    ]


def test_the_same_file_again_leads_to_the_first(school: School) -> None:
    first = school.sends(line("a"))

    with pytest.raises(claiming.ClaimFileSentBefore) as refused:
        school.sends(line("a"))

    assert refused.value.details["file"] == first.pk
    assert ClaimLine.objects.count() == 1


def test_a_later_file_takes_the_place_of_the_one_before(school: School) -> None:
    school.sends(line("a"))
    second = school.sends(line("b"))

    assert list(ClaimFile.objects.standing()) == [second]


def test_totals_say_at_once_which_days_differ(school: School) -> None:
    school.took("a")
    school.took("b", day=date(2026, 5, 5))

    file = totals(school, Total("education", DAY, 1, 12_000), Total("education", date(2026, 5, 5), 2, 13_000))

    [cell] = claiming.differing(file)
    assert (cell.day, cell.ours_number, cell.theirs_number, cell.lines_awaited) == (date(2026, 5, 5), 1, 2, True)


def test_the_same_totals_again_are_the_same_claims(school: School) -> None:
    given = Total("education", DAY, 1, 12_000)

    assert totals(school, given) == totals(school, given)
    assert ClaimTotal.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ([Total("education", date(2026, 6, 1), 1, 100)], claiming.NotInMonth),
        ([Total("education", DAY, 1, 100), Total("education", DAY, 2, 200)], claiming.TotalGivenTwice),
        ([Total("pensions", DAY, 1, 100)], NoSuchProgramme),
    ],
)
def test_totals_that_cannot_be_are_refused(school: School, given: list[Total], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        totals(school, *given)

    assert not ClaimTotal.objects.exists()


def test_lines_come_by_whole_days_that_tie_to_their_total(school: School) -> None:
    file = totals(school, Total("education", DAY, 2, 300))

    with pytest.raises(claiming.LinesDoNotTie):
        lines(school, file, claim("a"), claim("b"))
    with pytest.raises(claiming.LinesDoNotTie):
        lines(school, file, claim("a", 300))
    lines(school, file, claim("a"), claim("b", 200))
    with pytest.raises(claiming.LinesSentBefore):
        lines(school, file, claim("a"), claim("b", 200))

    assert ClaimLine.objects.count() == 2


def test_a_number_sent_with_an_earlier_day_repeats(school: School) -> None:
    file = totals(school, Total("education", DAY, 1, 100), Total("education", date(2026, 5, 5), 1, 100))

    lines(school, file, claim("a"))
    lines(school, file, claim("a")._replace(day=date(2026, 5, 5)))

    assert list(file.lines.values_list("row", "repeats")) == [(1, False), (2, True)]


def test_lines_of_claims_that_were_replaced_are_refused(school: School) -> None:
    file = totals(school, Total("education", DAY, 1, 100))
    totals(school, Total("education", DAY, 2, 300))

    with pytest.raises(claiming.ClaimsReplaced):
        lines(school, file, claim("a"))


def test_a_clerk_sends_lines_of_the_own_provider_only(school: School) -> None:
    file = totals(school, Total("education", DAY, 1, 100))
    other = a_school(code="school-mh", district="310112", suffix="-mh")

    with pytest.raises(ClaimFile.DoesNotExist):
        lines(other, file, claim("a"))
