"""The embedded form in a process of its own, to be killed at will."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.support.programs import wait_until
from tests.support.worker import ROOT


class Served:
    """A process of ``manage.py serve`` on the database that the environment names."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "serve.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port=0"], cwd=ROOT, stdout=log, stderr=log
            )
        wait_until(lambda: self.address != "", what="the site to open", process=self.process)

    @property
    def address(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())
        return found[0] if found else ""

    def health(self) -> dict[str, object]:
        with urlopen(f"{self.address}/healthz") as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def end(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        return self.process.wait(timeout=15)
