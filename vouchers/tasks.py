"""What beat rings for each day."""

from __future__ import annotations

from celery import shared_task

from accounts.stamps import Stamp
from vouchers.services import daily as days


@shared_task(name="vouchers.tasks.daily")
def daily() -> None:
    """Ask for the work of today, and of any day that was missed."""
    days.ask_for_the_day(stamp=Stamp.today(None))
