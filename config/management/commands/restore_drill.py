"""Prove a backup: ``manage.py restore_drill FILE``."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import backups
from ledger.models import Upkeep, UpkeepKind
from ledger.services import upkeep


class Command(BaseCommand):
    help = "Restore a backup into a fresh database, verify that, drop it again, and keep how it went."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, help="a file that manage.py backup wrote")

    def handle(self, *args: Any, backup: Path, **options: Any) -> None:
        if not backup.is_file():
            raise CommandError(f"There is no file {backup}")
        began_at, figures, problem = timezone.now(), {}, ""
        try:
            report = backups.verify_restored(backup)
            figures, problem = report["figures"], _problem_of(report, backup)
        except (backups.Failed, OSError) as error:
            problem = str(error)
        upkeep.record(
            kind=UpkeepKind.DRILL, began_at=began_at, figures={"file": backup.name, **figures}, problem=problem
        )
        if problem:
            raise CommandError(f"{backup.name} was not proved: {problem}")
        self.stdout.write(f"{backup.name} was restored and verified: {figures['transfers']:,} transfers")


def _problem_of(report: dict[str, Any], backup: Path) -> str:
    """Return what is wrong with what was restored; nothing when it agrees and is as large as it was."""
    if fault := report["fault"]:
        return f"{fault['row']}: {fault['problem']}"
    made = Upkeep.objects.filter(kind=UpkeepKind.BACKUP, ok=True, figures__file=backup.name).first()
    wanted, found = made.figures["transfers"] if made else 0, report["figures"]["transfers"]
    return "" if found >= wanted else f"{found} transfers, where {wanted} had been booked before the backup"
