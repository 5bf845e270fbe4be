"""Let a city work under random faults: ``python -m tests.chaos --seed 7 --seconds 20``.

The order of faults and errands comes from the seed; when exactly they meet does not. Afterwards a control arm works
under the same faults with a relay that rings for each job once. Exit code 1 when something was lost, done twice or left
half done, or when the control arm was not caught losing work.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from random import SystemRandom
from unittest.mock import patch

MOST_FLAWS_SHOWN = 30


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--control-seconds", type=float, default=20)
    asked = parser.parse_args()
    # Whoever ends this ends the servers and processes along with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("interrupted"))
    print(f"seed {asked.seed}, {asked.seconds:g} seconds", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        set_up(folder)
        ok = both_arms(Path(folder), seed=asked.seed, seconds=asked.seconds, control_seconds=asked.control_seconds)
    if not ok:
        print(f"To repeat: .venv/bin/python -m tests.chaos --seed {asked.seed} --seconds {asked.seconds:g}")
    return 0 if ok else 1


def set_up(folder: str) -> None:
    """Let Django know of PostgreSQL; which server, the deployment says. What goes wrong is what this is about."""
    import django

    os.environ |= {
        "DATABASE_URL": "postgresql://tonghui@127.0.0.1/postgres",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TESTING": "1",
        "VAR_DIR": folder,
    }
    django.setup()
    logging.disable()


def both_arms(folder: Path, *, seed: int, seconds: float, control_seconds: float) -> bool:
    """Run both, say what came of them, and return whether all is as it must be."""
    from ledger.services import jobs
    from tests.chaos.running import run
    from tests.faults.deployment import Deployment

    with Deployment(folder, pace=1 / 15).running() as deployment:
        ours = run(deployment, seed=seed, seconds=seconds, rings_again=True)
        deployment.include("tests.chaos.publish_once")
        with patch.object(jobs, "ring"):
            control = run(deployment, seed=seed, seconds=control_seconds, rings_again=False)
    print(f"{ours.jobs} jobs and {ours.redemptions} redemptions: {len(ours.flaws)} flaws")
    print("".join(f"  {flaw}\n" for flaw in ours.flaws[:MOST_FLAWS_SHOWN]), end="")
    print(f"control arm, ringing once for each job: {control.lost} of {control.jobs} jobs lost")
    return not ours.flaws and control.lost > 0


if __name__ == "__main__":
    sys.exit(main())
