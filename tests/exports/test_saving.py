"""An export on disk is whole, or it is not there; its manifest says what it has to be."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Sum

from ledger.exports import FORMATS
from ledger.models import SealReason, Transfer
from ledger.services.sealing import seal
from tests.support.disk import room_for
from tests.support.visits import City, month_of_visits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 2, 10, 4, tzinfo=UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def city() -> City:
    return month_of_visits()


def export(path: Path, *options: str, form: str = "csv") -> None:
    call_command("export_ledger", f"--format={form}", f"--output={path}", *options)


@pytest.mark.parametrize("form", FORMATS)
def test_the_manifest_says_what_the_file_has_to_be(tmp_path: Path, form: str) -> None:
    path = tmp_path / "books"
    head = seal(reason=SealReason.DAILY)

    export(path, "--period=2026-01", form=form)

    assert json.loads((tmp_path / "books.manifest.json").read_text()) == {
        "file": "books",
        "format": form,
        "period": "2026-01",
        "tree_head": {"number": head.number, "size": 10, "root": head.root},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "transfers": Transfer.objects.count(),
        "fen": Transfer.objects.aggregate(total=Sum("fen"))["total"],
    }


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "books.csv"

    export(path)

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert capsys.readouterr().out == f"{path}: {path.stat().st_size} bytes, SHA-256 {digest}\n"


def test_a_month_without_transfers_is_written_and_says_so(tmp_path: Path) -> None:
    export(tmp_path / "books.csv", "--period=2026-02")

    assert json.loads((tmp_path / "books.csv.manifest.json").read_text())["transfers"] == 0


@pytest.mark.parametrize(("month", "named"), [("2025-12", "2025年12月"), ("2026-03", "2026年3月")])
def test_a_month_the_ledger_does_not_know_is_named_with_those_it_knows(tmp_path: Path, month: str, named: str) -> None:
    with pytest.raises(CommandError, match=f"{named}.*2026年1月.*2026年2月"):
        export(tmp_path / "books.csv", f"--period={month}")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["2026-13", "January", "2026-1"])
def test_what_is_no_month_is_told_how_to_write_one(tmp_path: Path, word: str) -> None:
    with pytest.raises(CommandError, match=f"'{word}' is no month: write it as 2026-10"):
        export(tmp_path / "books.csv", f"--period={word}")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "books.csv"

    with pytest.raises(CommandError, match=rf"{path}.*No such file or directory"):
        export(path)


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.mkdir()

    with pytest.raises(CommandError, match=rf"{path}.*Is a directory"):
        export(path)

    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, form: str) -> None:
    path = tmp_path / "books"

    with room_for(100), pytest.raises(CommandError, match=rf"{path}.*File too large"):
        export(path, form=form)

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_export_before_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "books"
    export(path, form="csv")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    with room_for(100), pytest.raises(CommandError):
        export(path, form="hledger")

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_nothing_of_a_workbook_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with room_for(100), pytest.raises(CommandError):
        export(tmp_path / "books", form="xlsx")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_a_temporary_folder_that_is_not_there_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = tmp_path / "books"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))

    with pytest.raises(CommandError, match=rf"{path}.*No such file or directory"):
        export(path, form=form)

    assert list(tmp_path.iterdir()) == []
