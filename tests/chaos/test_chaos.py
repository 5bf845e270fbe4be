"""A city works while faults strike: nothing is lost or done twice, and a relay that rings once is caught losing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.worker import ROOT

pytestmark = pytest.mark.deployed

#: Begins with faults that lose messages at once, so that the control arm's few seconds see several of them.
SEED = 669


def test_what_a_city_was_promised_in_20_seconds_of_faults_is_done_once_and_a_relay_that_rings_once_loses_some() -> None:
    command = [sys.executable, "-m", "tests.chaos", f"--seed={SEED}", "--seconds=20", "--control-seconds=10"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)

    assert run.returncode == 0, run.stdout + run.stderr
