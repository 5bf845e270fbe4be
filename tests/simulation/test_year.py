"""The seeded year ends the same whatever it runs on. ``python -m tests.simulation`` lives it with 20,000 people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.__main__ import lived

RESIDENTS = 250


@pytest.mark.deployed
def test_a_seeded_year_ends_the_same_on_each_run_and_on_both_engines(committed_db: str, tmp_path: Path) -> None:
    deployed = lived(committed_db, residents=RESIDENTS, hash_seed="1")
    embedded = lived(f"sqlite:///{tmp_path}/year.sqlite3", residents=RESIDENTS, hash_seed="2")
    again = lived(f"sqlite:///{tmp_path}/again.sqlite3", residents=RESIDENTS, hash_seed="3")

    assert deployed.end == embedded.end == again.end
