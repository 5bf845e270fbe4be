"""A month's claims beside the redemptions: sums first, then the rows of the days that differ."""

from __future__ import annotations

import random
from datetime import date

import pytest

from ledger.models import Break, ReconciliationRun
from ledger.services import breaks, jobs
from tests.claims.town import MONTH, NOW, School, a_school, line, open_reasons, reconciled, work
from tests.factories import stamp
from vouchers.claim_matching import MATCHED, Circumstances, Named, Pair, Side, Total, class_of
from vouchers.models import ClaimCell, ClaimDifference, ClaimLine
from vouchers.services import claiming, reconciling
from vouchers.services.deaths import record_death
from vouchers.services.suspending import suspend

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_the_application")]


@pytest.fixture
def school() -> School:
    return a_school()


def test_a_month_that_agrees_leaves_a_run_and_nothing_else(school: School) -> None:
    school.took("a")
    school.took("b", day=date(2026, 5, 5))
    school.sends(line("a"), line("b", day="2026-05-05"))

    run = reconciled()

    assert (run.cells, run.cells_differing, run.rows_compared, run.breaks_found) == (2, 0, 0, 0)
    assert run.result["redeemed"] == [["school-ja", "education", 2, 24_000]]
    assert not Break.objects.exists()


def test_only_the_rows_of_differing_days_are_looked_at(school: School) -> None:
    for number in range(5):
        school.took(f"a{number}", 10)
    school.took("b", day=date(2026, 5, 5))
    school.sends(*(line(f"a{number}", 10) for number in range(5)), line("b", 121, day="2026-05-05"))

    run = reconciled()

    assert (run.cells, run.cells_differing, run.rows_compared, run.breaks_found) == (2, 1, 2, 1)
    assert open_reasons() == {"amount_differs:b": 100}


def test_each_difference_has_its_reason_and_the_fen_tie(school: School) -> None:
    school.took("same")
    school.took("gone", 10)
    school.took("dear", 20)
    school.took("day", 30, day=date(2026, 5, 6))
    school.took("programme", 40)
    school.sends(
        line("same"),
        line("same"),
        line("dear", 21),
        line("day", 30, day="2026-05-07"),
        line("programme", 40, programme="health"),
        line("unknown", 50),
    )

    reconciled()

    assert open_reasons() == {
        "missing_there:gone": -1_000,
        "duplicate:same@3": 12_000,
        "amount_differs:dear": 100,
        "day_differs:day": 0,
        "wrong_programme:programme": 0,
        "missing_here:unknown": 5_000,
    }
    assert sum(open_reasons().values()) == 28_100 - 22_000 + 10_000


def test_two_mistakes_that_cancel_out_within_a_day_are_found(school: School) -> None:
    school.took("a", 10)
    school.took("b", 20)
    school.sends(line("a", 20), line("b", 10))

    reconciled()

    assert open_reasons() == {"amount_differs:a": 1_000, "amount_differs:b": -1_000}


def test_a_reversed_redemption_is_not_there(school: School) -> None:
    school.took("a")
    school.took("b")
    school.gave_back("a")
    school.sends(line("a"), line("b"))

    reconciled()

    assert open_reasons() == {"missing_here:a": 12_000}


def test_a_redemption_of_another_school_is_not_there(school: School) -> None:
    other = a_school(code="school-mh", district="310112", suffix="-mh")
    other.took("a")
    school.sends(line("a"))

    reconciled()

    assert open_reasons() == {"missing_here:a": 12_000}


def test_what_was_never_redeemed_is_late_once_the_deadline_is_over(school: School) -> None:
    school.sends(line("in-time", day="2026-05-04"), day=date(2026, 6, 3))
    reconciled(day=date(2026, 6, 3))
    before = open_reasons()

    school.sends(line("in-time", day="2026-05-04"), line("x", day="2026-05-05"), day=date(2026, 6, 4))
    reconciled(day=date(2026, 6, 4))

    assert list(before) == ["missing_here:in-time"]
    assert sorted(open_reasons()) == ["late:in-time", "missing_here:x"]


def test_use_after_death_is_found_though_both_sides_agree(school: School) -> None:
    school.took("before", day=date(2026, 5, 3))
    school.took("after", day=date(2026, 5, 4))
    school.sends(line("before", day="2026-05-03"), line("after"))
    record_death(resident=school.pupil, day=date(2026, 5, 4), note="", stamp=stamp(date(2026, 6, 1)))

    run = reconciled()

    assert run.cells_differing == 0
    assert open_reasons() == {"after_death:after": 0}


def test_a_claim_without_a_redemption_names_the_dead_by_the_voucher(school: School) -> None:
    number = school.pupil.vouchers.get(programme=school.education).number
    record_death(resident=school.pupil, day=date(2026, 5, 4), note="", stamp=stamp(date(2026, 5, 30)))
    school.sends(line("paper", voucher=number), line("other", day="2026-05-03", voucher=number))

    reconciled()

    assert open_reasons() == {"after_death:paper": 12_000, "missing_here:other": 12_000}


def test_days_of_a_suspension_wait_for_a_decision(school: School) -> None:
    for day in (3, 4, 5):
        school.took(f"d{day}", day=date(2026, 5, day))
    school.sends(*(line(f"d{day}", day=f"2026-05-0{day}") for day in (3, 4, 5)))
    suspend(
        provider=school.provider,
        start=date(2026, 5, 4),
        end=date(2026, 5, 5),
        reason="Inspection",
        stamp=stamp(date(2026, 6, 1)),
    )

    reconciled()

    assert open_reasons() == {"provider_suspended:d4": 0}


def test_a_corrected_file_closes_what_is_gone_and_keeps_what_stays(school: School) -> None:
    school.took("a")
    school.sends(line("a", 121), line("b", 10))
    reconciled()

    school.sends(line("a"), line("b", 10))
    run = reconciled()

    assert open_reasons() == {"missing_here:b": 1_000}
    assert (run.breaks_found, run.result["known"], run.result["gone"]) == (0, 1, 1)


def test_totals_without_lines_ask_for_them(school: School) -> None:
    school.took("a")
    sent = stamp(date(2026, 6, 2), by=school.clerk)
    file = claiming.send_totals(
        clerk=school.clerk, month=MONTH, totals=[Total("education", date(2026, 5, 4), 2, 13_000)], stamp=sent
    )
    reconciled()
    before = open_reasons()

    lines = [
        Named(0, "education", date(2026, 5, 4), "a", 12_000),
        Named(0, "education", date(2026, 5, 4), "b", 1_000),
    ]
    claiming.send_lines(clerk=school.clerk, file_id=file.pk, lines=lines, stamp=sent)
    reconciled()

    assert before == {"lines_awaited:education:2026-05-04": 1_000}
    assert open_reasons() == {"missing_here:b": 1_000}


def test_the_work_goes_on_with_the_step_it_stood_at(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vouchers.services.reconciling.CELLS_A_STEP", 1)
    other = a_school(code="school-mh", district="310112", suffix="-mh")
    school.sends(line("x"), line("y", 5, programme="health"))
    other.sends(line("z", programme="education-mh"), line("w", 5, programme="health-mh"))
    job = reconciling.ask_now(month=MONTH, stamp=stamp(date(2026, 6, 2)))

    steps = []
    while jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(date(2026, 6, 2))):
        steps.append(ClaimDifference.objects.count())

    job.refresh_from_db()
    assert steps == [0, 2, 4]
    assert ClaimCell.objects.count() == 4
    assert (job.done_count, job.total_count) == (6, 6)
    assert len(open_reasons()) == 4


def test_asking_twice_makes_one_job_until_it_is_done(school: School) -> None:
    school.sends(line("a"))
    asked = [reconciling.ask_now(month=MONTH, stamp=stamp(date(2026, 6, 2))) for _ in range(2)]
    work(asked[0])

    again = reconciling.ask_now(month=MONTH, stamp=stamp(date(2026, 6, 2)))

    assert asked[0] == asked[1] != again


def test_the_night_takes_fresh_months_and_those_with_open_differences(school: School) -> None:
    school.sends(line("a"))
    school.sends(line("b", day="2026-02-04"), month=date(2026, 2, 1), day=date(2026, 3, 1))
    reconciled(date(2026, 2, 1), day=date(2026, 3, 1))

    asked = reconciling.ask_for_the_night(stamp=stamp(date(2026, 6, 2)))
    breaks.close(break_id=Break.objects.get().pk, note="x", stamp=stamp(date(2026, 6, 2)))
    later = reconciling.ask_for_the_night(stamp=stamp(date(2026, 6, 3)))

    assert [job.params["month"] for job in asked] == ["2026-02", "2026-05"]
    assert [job.params["month"] for job in later] == ["2026-05"]


@pytest.mark.parametrize("seed", range(3))
def test_the_statement_finds_what_comparing_every_row_finds(school: School, seed: int) -> None:
    """The SQL of two levels beside a plain comparison of all rows in Python."""
    chance = random.Random(seed)
    taken = {
        f"k{number}": Side(chance.choice(["education", "health"]), date(2026, 5, chance.randint(1, 6)), 100)
        for number in range(24)
    }
    for key, side in taken.items():
        school.took(key, side.fen // 100, day=side.day, programme=side.programme)
    claimed = [
        (key, side._replace(fen=chance.choice([100, 100, 200]), day=chance.choice([side.day, date(2026, 5, 7)])))
        for key, side in taken.items()
        if chance.random() < 0.7
    ]
    claimed += [
        (chance.choice(["k1", "other", f"n{number}"]), Side("education", date(2026, 5, 3), 100)) for number in range(5)
    ]
    school.sends(*(line(key, side.fen // 100, day=f"{side.day}", programme=side.programme) for key, side in claimed))

    run = reconciled()

    found = ClaimDifference.objects.filter(job=run.job).values_list("reason", "fen")
    assert sorted(found) == sorted(_by_hand(taken, claimed))
    assert sum(fen for _reason, fen in found) == sum(s.fen for _k, s in claimed) - sum(s.fen for s in taken.values())


def _by_hand(taken: dict[str, Side], claimed: list[tuple[str, Side]]) -> list[tuple[str, int]]:
    """Return reason and fen of every pair that does not match."""
    seen: set[str] = set()
    pairs = []
    for key, side in claimed:
        ours = None if key in seen else taken.get(key)
        pairs.append(Pair(side, ours, Circumstances(repeats=key in seen)))
        seen.add(key)
    pairs += [Pair(None, side, Circumstances()) for key, side in taken.items() if key not in seen]
    return [(class_of(pair), pair.fen) for pair in pairs if class_of(pair) != MATCHED]


def test_a_run_stays_readable(school: School) -> None:
    school.sends(line("a"))
    run = reconciled()

    assert ReconciliationRun.objects.get(pk=run.pk).breaks.get().key == "claim:2026-05:school-ja:missing_here:a"
    assert ClaimLine.objects.count() == 1
