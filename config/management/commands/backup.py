"""Back the database up: ``manage.py backup --to FOLDER``."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import backups
from ledger.models import Transfer, UpkeepKind
from ledger.services import upkeep


class Command(BaseCommand):
    help = "Write the whole database into a new file of a folder, while the service goes on, and keep that it was done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, required=True, help="the folder; it should be on another disk")

    def handle(self, *args: Any, to: Path, **options: Any) -> None:
        began_at = timezone.now()
        # Counted before: the backup holds as many at least.
        figures: dict[str, int | str] = {"transfers": Transfer.objects.count()}
        try:
            path = backups.write_backup(folder=to, now=began_at)
        except (backups.Failed, OSError) as error:
            upkeep.record(kind=UpkeepKind.BACKUP, began_at=began_at, figures=figures, problem=str(error))
            raise CommandError(f"No backup was made: {error}") from error
        figures |= {"file": path.name, "bytes": path.stat().st_size}
        upkeep.record(kind=UpkeepKind.BACKUP, began_at=began_at, figures=figures)
        self.stdout.write(str(path))
