"""Write the ledger for other people's programs: ``manage.py export_ledger --format hledger --output PATH``."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.exports import BUNDLE, FORMATS, extract, save, save_bundle
from ledger.months import parse_month


def month(text: str) -> date:
    try:
        return parse_month(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no month: write it as 2026-10") from None


class Command(BaseCommand):
    help = "Write a month of the ledger, or all of it, to a file, and beside it a manifest with its SHA-256."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", dest="form", choices=[*FORMATS, BUNDLE], required=True)
        parser.add_argument("--period", type=month, metavar="YYYY-MM", help="one month (default: every month)")
        parser.add_argument("--output", type=Path, required=True, metavar="PATH")

    def handle(self, *args: Any, form: str, period: date | None, output: Path, **options: Any) -> None:
        try:
            found = extract(period=period, today=Stamp.today(None).booked_on)
            if form == BUNDLE:
                manifest = save_bundle(extract=found, path=output)
            else:
                manifest = save(extract=found, form=FORMATS[form], path=output)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{output}: {manifest.bytes} bytes, SHA-256 {manifest.sha256}")
