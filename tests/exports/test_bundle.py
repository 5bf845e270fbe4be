"""A bundle is exported as the other formats are: whole, under a manifest, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from ledger.models import SealReason, TreeHead
from ledger.services.sealing import seal
from ledger.standalone.verify_bundle import verify
from tests.support.disk import room_for
from tests.support.visits import month_of_visits


@pytest.fixture(autouse=True)
def head(committed_db: str) -> Iterator[TreeHead]:
    """The head of a sealed month, early in the next one."""
    with time_machine.travel(datetime(2026, 2, 10, 4, tzinfo=UTC), tick=False):
        month_of_visits().close()
        yield seal(reason=SealReason.DAILY)


def export(path: Path, *options: str) -> None:
    call_command("export_ledger", "--format=bundle", f"--output={path}", *options)


@pytest.mark.parametrize("options", [(), ("--period=2026-01",)])
def test_a_bundle_satisfies_the_verifier_and_its_manifest(
    head: TreeHead, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = tmp_path / "ledger.zip"

    export(path, *options)

    manifest = json.loads((tmp_path / "ledger.zip.manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest["tree_head"] == {"number": head.number, "size": head.size, "root": head.root}
    assert verify(path)


def test_a_full_disk_leaves_no_half_bundle(tmp_path: Path) -> None:
    with room_for(100), pytest.raises(CommandError, match="File too large"):
        export(tmp_path / "ledger.zip")

    assert list(tmp_path.iterdir()) == []
