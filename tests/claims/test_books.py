"""Books against vouchers: what is kept is what it is made of, or there is a difference to look at."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.models import Break, ReconciliationRun
from tests.claims.town import School, a_school, work
from tests.factories import stamp
from tests.support.tampering import tamper
from vouchers.services import reconciling_books
from vouchers.services.reconciling_books import CHECKS

pytestmark = pytest.mark.django_db

CHANGE = "UPDATE vouchers_voucher SET spent_fen = spent_fen + %(by)s WHERE id = %(id)s"
DAY, NEXT = date(2026, 6, 2), date(2026, 6, 3)


@pytest.fixture
def school() -> School:
    school = a_school()
    school.took("a")
    return school


def compared(day: date) -> ReconciliationRun:
    job = reconciling_books.ask_for_the_night(stamp=stamp(day))
    return ReconciliationRun.objects.get(job=work(job, day=day))


def test_sound_books_leave_a_run_that_says_what_was_looked_at(school: School) -> None:
    run = compared(DAY)

    assert (run.cells, run.cells_differing, run.breaks_found) == (len(CHECKS), 0, 0)
    assert run.result["transfers"] == 3
    assert run.result["vouchers"] == 2


def test_a_figure_that_drifted_is_a_difference_until_it_is_put_right(school: School) -> None:
    voucher = school.pupil.vouchers.get(programme=school.education)
    tamper(CHANGE, by=-1, id=voucher.pk)
    first = compared(DAY)
    found = Break.objects.open()
    keys = [one.key.split(":")[1] for one in found]
    problems = " ".join(one.evidence["ours"]["problem"] for one in found)

    tamper(CHANGE, by=1, id=voucher.pk)
    second = compared(NEXT)

    assert (first.cells_differing, first.breaks_found) == (2, 2)
    assert sorted(keys) == ["entitlements", "vouchers"]
    assert voucher.number in problems and "310106/education/entitlement" in problems
    assert (second.cells_differing, second.result["gone"]) == (0, 2)
    assert not Break.objects.open().exists()
