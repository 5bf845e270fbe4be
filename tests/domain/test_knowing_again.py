"""As known on each day, every answer is the one that was given on that day: whatever came of the facts afterwards."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from hypothesis import given

from tests.model.searching import profile
from tests.support.diary import Answer, Beliefs, Day, Diary, Happening, happenings, open_diary
from vouchers.models import Voucher
from vouchers.services.knowing import Times, residences_known, vouchers_known

pytestmark = pytest.mark.django_db


def answers_known_on(day: date) -> dict[int, Answer]:
    vouchers = list(Voucher.objects.select_related("programme"))
    return {
        known.voucher.pk: Answer(
            payer=known.payer,
            amount_fen=known.amount_fen,
            spent_fen=known.spent_fen,
            returned_fen=known.returned_fen,
            remaining_fen=known.remaining_fen,
            status=known.status,
            costs=known.costs,
        )
        for known in vouchers_known(vouchers=vouchers, times=Times(day, day))
    }


def homes_known_on(day: date, diary: Diary) -> dict[int, Beliefs]:
    return {
        person.pk: [
            (row.start, row.end, row.district_id, row.confirmed) for row in residences_known(person, known_on=day)
        ]
        for person in diary.people
    }


def lived_through(told: list[Happening]) -> tuple[dict[date, Day], dict[date, Day]]:
    """Play a history, and return what its diary says and what is known of each of its days afterwards."""
    diary = open_diary()
    for happening in told:
        diary.play(happening)
    diary.end_the_day()
    again = {day: Day(answers_known_on(day), homes_known_on(day, diary)) for day in diary.days}
    return diary.days, again


def test_what_is_known_of_a_day_is_what_was_answered_on_it() -> None:
    @profile(examples=8)
    @given(told=happenings)
    def holds(told: list[Happening]) -> None:
        with transaction.atomic():
            written, known_again = lived_through(told)
            transaction.set_rollback(True)
        assert known_again == written

    holds()
