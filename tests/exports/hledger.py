"""Debian's hledger, asked about a journal of ours."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

from tests.support.programs import find

CHECKS = ("--strict", "ordereddates")


def check(journal: Path) -> subprocess.CompletedProcess[str]:
    """Let hledger look for mistakes: in form, in balance, undeclared accounts, a disorder of dates."""
    return _hledger(journal, "check", *CHECKS)


def balances(journal: Path, *query: str) -> dict[str, int]:
    """Return what hledger makes of every account, by our code, in fen; zeros left out."""
    asked = _hledger(journal, "balance", "--flat", "--no-total", "--output-format=csv", *query)
    assert asked.returncode == 0, asked.stderr
    lines = csv.DictReader(asked.stdout.splitlines())
    return {line["account"].replace(":", "/"): _fen(line["balance"]) for line in lines}


def _fen(amount: str) -> int:
    figures, commodity = amount.split()
    assert commodity == "CNY" and figures[-3] == "."
    return int(figures.replace(".", ""))


def _hledger(journal: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [find("hledger"), "--file", str(journal), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8"})
