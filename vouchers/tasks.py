"""What beat rings for each day."""

from __future__ import annotations

from celery import shared_task

from accounts.stamps import Stamp
from vouchers.services import daily as days
from vouchers.services import reconciling, reconciling_books


@shared_task(name="vouchers.tasks.daily")
def daily() -> None:
    """Ask for the work of today, and of any day that was missed."""
    days.ask_for_the_day(stamp=Stamp.today(None))


@shared_task(name="vouchers.tasks.reconcile")
def reconcile() -> None:
    """Ask for tonight's reconciliations: of the books, and of the months with fresh claims or open differences."""
    stamp = Stamp.today(None)
    reconciling_books.ask_for_the_night(stamp=stamp)
    reconciling.ask_for_the_night(stamp=stamp)
