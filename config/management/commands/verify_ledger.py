"""Compute everything again and compare: ``manage.py verify_ledger``."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import guards
from ledger.models import UpkeepKind
from ledger.services import upkeep, verifying, verifying_disputes, verifying_statements
from ledger.services.verifying import Check, Fault
from vouchers.services import verifying as vouchers


class Command(BaseCommand):
    help = (
        "Compute books, vouchers, settlements, leaves, heads and signatures again from the rows, and look for the "
        "guards. Exit 0 with figures, or 1 naming the first row that is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", dest="as_json", action="store_true", help="print one JSON object")
        parser.add_argument("--witness", type=Path, help="heads.jsonl that somebody else kept: they must be ours still")

        parser.add_argument("--record", action="store_true", help="keep the result for the page Operations")

    def handle(self, *args: Any, as_json: bool, witness: Path | None, record: bool, **options: Any) -> None:
        began_at = timezone.now()
        ledger = [*verifying.CHECKS, *verifying_disputes.CHECKS, *verifying_statements.CHECKS]
        checks = [*ledger, *vouchers.CHECKS, Check("guards", guards_stand)]
        if witness is not None:
            tokens = list(_tokens(witness))
            checks.insert(1, Check("witness", lambda: verifying.witnessed(tokens)))
        with verifying.one_moment():
            report = verify(checks)
        if record:
            upkeep.record(
                kind=UpkeepKind.VERIFICATION, began_at=began_at, figures=report["figures"], problem=_fault(report)
            )
        self.stdout.write(_as_json(report) if as_json else _in_words(report))
        if not report["ok"]:
            sys.exit(1)


def verify(checks: Sequence[Check]) -> dict[str, Any]:
    """Run the checks in order, up to the first that finds a fault."""
    figures: dict[str, int] = {}
    for check in checks:
        try:
            figures |= check.run()
        except Fault as fault:
            found = {"check": check.code, "row": fault.row, "problem": fault.problem}
            return {"ok": False, "fault": found, "figures": figures}
    return {"ok": True, "fault": None, "figures": figures}


def guards_stand() -> dict[str, int]:
    """Every guard of the database is there and switched on."""
    if missing := guards.missing():
        raise Fault(missing[0], "is missing or switched off")
    return {"guards": len(guards.declared())}


def _fault(report: dict[str, Any]) -> str:
    fault = report["fault"]
    return f"{fault['row']}: {fault['problem']}" if fault else ""


def _tokens(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield str(json.loads(line)["jws"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no file of heads: {error}") from error


def _as_json(report: dict[str, Any]) -> str:
    return json.dumps(report)


def _in_words(report: dict[str, Any]) -> str:
    figures = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in report["figures"].items())
    if fault := report["fault"]:
        return f"WRONG ({fault['check']}): {_fault(report)}\nSound before that: {figures or 'nothing'}"
    return f"Everything agrees: {figures}"
