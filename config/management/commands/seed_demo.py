"""Make the demonstration city: ``manage.py seed_demo``."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.stamps import Stamp
from config.demo.progress import Progress
from config.demo.seeding import RESIDENTS, SEED, holds_data, seed_city
from ledger.models import Transfer


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration city: a year of synthetic people up to today. Needs DEMO=1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the database holds data already")
        parser.add_argument("--residents", type=int, default=RESIDENTS, help=f"how many ({RESIDENTS})")
        parser.add_argument("--seed", default=SEED, help="the same seed and day give the same city")
        parser.add_argument("--today", type=date.fromisoformat, help="the day it is in the city, as 2026-03-16 (today)")

    def handle(self, *args: Any, if_empty: bool, residents: int, seed: str, today: date | None, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Invented people are made only where DEMO=1 is set, never in a city's own database.")
        if holds_data():
            if if_empty:
                self.stdout.write("The database holds data already. Nothing was changed.")
                return
            raise CommandError("The database holds data already. The demonstration needs an empty one.")
        progress = Progress(out=self.stdout)
        city = seed_city(today=today or Stamp.today(None).booked_on, progress=progress, residents=residents, seed=seed)
        progress.end(f"{len(city.residents)} residents, {Transfer.objects.count()} transfers.")
