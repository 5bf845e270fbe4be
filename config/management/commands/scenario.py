"""Play scenario files: ``manage.py scenario FILE...``."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from config.scenarios.document import Unreadable
from config.scenarios.judging import mismatches
from config.scenarios.memory import memory_database, renew
from config.scenarios.playing import play
from config.scenarios.story import Story, read

HELD, NOT_HELD, UNREADABLE = 0, 1, 2


class Command(BaseCommand):
    help = "Play scenario files, each alone in memory, and print one JSON object a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        with translation.override("en"), memory_database() as template:
            codes = [self.perform(path, template) for path in files]
        sys.exit(max(codes))

    def perform(self, path: Path, template: Any) -> int:
        """Play one file and print what came out; return its exit code."""
        try:
            story = read(path)
        except Unreadable as error:
            self.stderr.write(str(error))
            return UNREADABLE
        renew(template)
        result = outcome(story)
        self.stdout.write(json.dumps(result, ensure_ascii=False))
        return HELD if result["ok"] else NOT_HELD


def outcome(story: Story) -> dict[str, Any]:
    """Play a story on the present, otherwise empty database and judge it."""
    state = play(story)
    found = mismatches(expected=story.expect, state=state)
    return {"title": story.title, "ok": not found, "mismatches": found, "state": state}
