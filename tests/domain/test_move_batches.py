"""A file of moves is taken whole or not at all, and worked row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from accounts.models import SUSPENSE, District, Resident, User
from ledger.models import Job
from ledger.services import jobs
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    administrator_of,
    stamp,
)
from vouchers.models import Move, MoveBatch, MoveItemOutcome
from vouchers.services import cases, move_batches
from vouchers.services.moving import MoveOrder, move

pytestmark = pytest.mark.django_db

NOW = timezone.now() + timedelta(days=1)
DAY = date(2026, 3, 16)
HEADING = "resident_number,from,to,first_day"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def city() -> User:
    return UserFactory()


@pytest.fixture
def home() -> District:
    return DistrictFactory()


@pytest.fixture
def there() -> District:
    return DistrictFactory(name_zh="静安区")


def file_of(*rows: str) -> bytes:
    return "\n".join([HEADING, *rows]).encode()


def line(resident: Resident, to: str, *, origin: str = "", day: str = "2026-03-16") -> str:
    return f"{resident.number},{origin},{to},{day}"


def prepare(*rows: str, by: User) -> MoveBatch:
    return move_batches.prepare(file_name="intake.csv", content=file_of(*rows), stamp=stamp(DAY, by=by))


def problems(*rows: str, by: User) -> list[tuple[int, str]]:
    with pytest.raises(move_batches.FileOfMovesHasProblems) as refused:
        prepare(*rows, by=by)
    return [(problem.row, str(problem.text)) for problem in refused.value.problems]


def run(batch: MoveBatch, *, by: User) -> Job:
    """Confirm a file and work it to its end."""
    job = move_batches.confirm(batch_id=batch.pk, stamp=stamp(DAY, by=by))
    while jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(DAY, by=by)):
        pass
    job.refresh_from_db()
    return job


def test_a_confirmed_file_moves_everybody_and_their_vouchers(city: User, home: District, there: District) -> None:
    pupils = [ResidentFactory(district=home) for _ in range(3)]
    voucher = VoucherFactory(resident=pupils[0], programme=ProgrammeFactory())

    job = run(prepare(*(line(pupil, "静安区", origin=home.code) for pupil in pupils), by=city), by=city)

    voucher.refresh_from_db()
    assert job.result == {MoveItemOutcome.RECORDED: 3, MoveItemOutcome.REFUSED: 0}
    assert voucher.payer == there.code
    assert {row.channel for row in Move.objects.all()} == {"file"}


def test_the_district_left_asks_and_the_city_pays_meanwhile(home: District, there: District) -> None:
    pupil = ResidentFactory(district=home)
    voucher = VoucherFactory(resident=pupil, programme=ProgrammeFactory())
    author = administrator_of(home)

    run(prepare(line(pupil, there.code), by=author), by=author)

    voucher.refresh_from_db()
    assert Move.objects.open().get().resident == pupil
    assert voucher.payer == SUSPENSE


def test_a_file_with_one_bad_row_leaves_nothing(city: User, home: District, there: District) -> None:
    good, other = ResidentFactory(district=home), ResidentFactory(district=home)

    assert problems(line(good, there.code), line(other, "999999"), by=city) == [(3, "There is no district “999999”.")]
    assert not MoveBatch.objects.exists()
    assert not Move.objects.exists()


def test_every_bad_row_is_named_with_its_reason(city: User, home: District, there: District) -> None:
    born_late = ResidentFactory(district=home, since=date(2026, 3, 1), born_on=date(2026, 3, 1))
    twice, settled, waiting, elsewhere = (ResidentFactory(district=home) for _ in range(4))
    move(resident=settled, to=there.code, effective_on=DAY, stamp=stamp(DAY))
    order = MoveOrder(resident=waiting, to=there.code, effective_on=date(2026, 2, 1))
    cases.request(orders=[order], stamp=stamp(DAY))

    found = problems(
        line(born_late, there.code, day="2026-02-01"),
        line(twice, there.code),
        line(twice, there.code),
        line(settled, there.code, day="2026-04-01"),
        line(settled, home.code),
        line(waiting, home.code),
        line(elsewhere, there.code, origin=there.code),
        line(elsewhere, there.code, day="2030-01-01"),
        "R000000000,,999999,2026-03-16",
        by=city,
    )

    assert [row for row, _ in found] == [2, 4, 5, 6, 7, 8, 9, 10]
    texts = [text for _, text in found]
    assert "was born on 1 March 2026" in texts[0]
    assert texts[1] == "The same resident stands in row 3 already."
    assert "lives in" in texts[2]
    assert texts[3] == "The same resident stands in row 5 already."
    assert "is still open" in texts[4]
    assert texts[5].startswith("On that day this resident lives in")
    assert texts[6] == "The same resident stands in row 8 already."
    assert texts[7] == "No resident whose moves you may record has this number."


def test_a_far_future_is_refused(city: User, home: District, there: District) -> None:
    assert problems(line(ResidentFactory(district=home), there.code, day="2030-01-01"), by=city) == [
        (2, "1 January 2030 is too far ahead: a move can be reported up to a year before it.")
    ]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"resident_number,to\nR1,310106", 1),
        (b"resident_number,to,first_day", 0),
        (b"resident_number,to,first_day\n,310106,2026-03-16", 2),
        (b"resident_number,to,first_day\nR1,,2026-03-16", 2),
        (b"resident_number,to,first_day\nR1,310106,2026-02-30", 2),
        (b"\xff\xfe\x00\x01", 0),
    ],
)
def test_what_is_no_file_of_moves_is_refused_with_its_row(city: User, content: bytes, row: int) -> None:
    with pytest.raises(move_batches.FileOfMovesHasProblems) as refused:
        move_batches.prepare(file_name="x.csv", content=content, stamp=stamp(DAY, by=city))

    assert [problem.row for problem in refused.value.problems] == [row]


@pytest.mark.parametrize("day", ["2026-03-16", "2026/3/16", "2026年3月16日"])
def test_days_are_read_as_people_write_them(city: User, home: District, there: District, day: str) -> None:
    batch = prepare(line(ResidentFactory(district=home), there.code, day=day), by=city)

    assert batch.items.get().effective_on == DAY


def test_the_same_file_under_another_name_is_refused_and_names_the_first(
    city: User, home: District, there: District
) -> None:
    row = line(ResidentFactory(district=home), there.code)
    first = prepare(row, by=city)

    with pytest.raises(move_batches.FileOfMovesUsedBefore) as refused:
        move_batches.prepare(file_name="again.csv", content=file_of(row), stamp=stamp(DAY, by=city))

    assert refused.value.details["batch"] == first.pk


def test_a_file_of_a_district_holds_its_own_moves_only(there: District) -> None:
    stranger = ResidentFactory(district=DistrictFactory())
    author = administrator_of(DistrictFactory())

    assert problems(line(stranger, there.code), by=author) == [
        (2, "This move is neither out of nor into a district you act for.")
    ]


def test_a_row_that_became_impossible_is_refused_alone_and_says_why(
    city: User, home: District, there: District
) -> None:
    early, late = ResidentFactory(district=home), ResidentFactory(district=home)
    batch = prepare(line(early, there.code), line(late, there.code), by=city)
    move(resident=early, to=there.code, effective_on=date(2026, 3, 2), stamp=stamp(DAY))

    job = run(batch, by=city)

    outcomes = [(item.resident, item.outcome) for item in batch.items.with_outcome(_fresh(batch)).order_by("row")]
    assert job.result == {MoveItemOutcome.RECORDED: 1, MoveItemOutcome.REFUSED: 1}
    assert outcomes == [(early, MoveItemOutcome.REFUSED), (late, MoveItemOutcome.RECORDED)]
    assert "lives in" in batch.items.get(resident=early).refusal.in_words


def test_a_withdrawn_file_goes_on_where_it_stood_and_counts_right(
    city: User, home: District, there: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vouchers.services.move_batches.STEP_SIZE", 2)
    pupils = [ResidentFactory(district=home) for _ in range(5)]
    batch = prepare(*(line(pupil, there.code) for pupil in pupils), by=city)
    job = move_batches.confirm(batch_id=batch.pk, stamp=stamp(DAY, by=city))
    jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(DAY, by=city))
    Job.objects.filter(pk=job.pk).update(state="parked")
    jobs.withdraw(job_id=job.pk, stamp=stamp(DAY, by=city))

    again = run(batch, by=city)

    assert (again.done_count, again.result) == (5, {MoveItemOutcome.RECORDED: 5, MoveItemOutcome.REFUSED: 0})
    assert Move.objects.count() == 5


def _fresh(batch: MoveBatch) -> MoveBatch:
    return MoveBatch.objects.select_related("job").get(pk=batch.pk)
