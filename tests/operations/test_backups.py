"""Backups, and the drill that proves them: dump, restore into a fresh database, verify that."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts import guards
from accounts.models import Resident
from accounts.services.keys import reencrypt_id_numbers
from config import backups, database_roles
from config.backups import restored
from ledger.models import Transfer, Upkeep, UpkeepKind
from tests.factories import ResidentFactory
from tests.support.databases import pointed_at
from tests.support.tampering import switch_off_a_guard, tamper

if TYPE_CHECKING:
    from pytest_django import Settings

    from ledger.models import TreeHead

ID_NUMBER = "11010519491231002X"


@pytest.fixture
def ledger(committed_db: str) -> list[TreeHead]:
    """A small ledger with a history, sealed twice."""
    from tests.seals.story import seal_a_story

    with transaction.atomic():
        return seal_a_story()


@pytest.fixture
def backup(ledger: list[TreeHead], tmp_path: Path) -> Path:
    call_command("backup", f"--to={tmp_path}", stdout=StringIO())
    return next(tmp_path.glob("tonghui-*"))


def drill(backup: Path) -> str:
    out = StringIO()
    call_command("restore_drill", backup, stdout=out)
    return out.getvalue()


def databases_of_drills() -> list[str]:
    """Return what drills left behind on the server, or beside the backups."""
    if connection.vendor == "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'tonghui_drill_%'")
        return [str(name) for (name,) in cursor.fetchall()]


def test_a_backup_is_one_whole_file_that_only_its_owner_reads(backup: Path) -> None:
    kept = Upkeep.objects.get()

    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert (kept.kind, kept.ok, kept.figures["file"]) == (UpkeepKind.BACKUP, True, backup.name)
    assert (kept.figures["bytes"], kept.figures["transfers"]) == (backup.stat().st_size, Transfer.objects.count())


def test_a_drill_restores_the_backup_verifies_it_and_leaves_nothing_behind(backup: Path) -> None:
    said = drill(backup)

    kept = Upkeep.objects.get(kind=UpkeepKind.DRILL)
    assert said == f"{backup.name} was restored and verified: {Transfer.objects.count()} transfers\n"
    assert (kept.ok, kept.figures["heads"], kept.figures["guards"]) == (True, 2, len(guards.declared()))
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    assert databases_of_drills() == []


def test_what_was_restored_has_every_guard_as_declared_and_the_grants_of_the_roles(backup: Path) -> None:
    with pointed_at_restored(backup):
        assert guards.differences() == []
        assert wrong_grants() == []


@contextmanager
def pointed_at_restored(backup: Path) -> Iterator[None]:
    """Let the test look at the backup, restored."""
    with restored(backup) as url, pointed_at(url.partition("sqlite:///")[2] or url.rpartition("/")[2]):
        yield


def wrong_grants() -> list[str]:
    if connection.vendor == "sqlite":
        return []
    declared, live = database_roles.application(), database_roles.live(database_roles.APP)
    return [table for table in declared.keys() | live.keys() if declared.get(table) != live.get(table)]


def test_a_backup_is_of_one_moment_and_later_rows_are_not_in_it(backup: Path) -> None:
    ResidentFactory(name="后来")
    with pointed_at_restored(backup):
        assert not Resident.objects.filter(name="后来").exists()


def test_a_backup_of_books_that_were_changed_fails_its_drill_and_names_the_row(
    ledger: list[TreeHead], tmp_path: Path
) -> None:
    with transaction.atomic():
        tamper("UPDATE ledger_transfer SET fen = fen + 1 WHERE key = 'redeem:r1'")
    call_command("backup", f"--to={tmp_path}", stdout=StringIO())

    with pytest.raises(CommandError, match=r"was not proved: transfer \d+ \(redeem:r1\)"):
        drill(next(tmp_path.glob("tonghui-*")))

    assert "(redeem:r1)" in Upkeep.objects.get(kind=UpkeepKind.DRILL).problem


def test_a_guard_that_is_switched_off_fails_a_verification(ledger: list[TreeHead]) -> None:
    switch_off_a_guard()

    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--record", stdout=StringIO())

    assert Upkeep.objects.get().problem.startswith("trigger ledger_transfer_is_append_only")


def test_a_backup_that_holds_less_than_was_booked_before_it_fails_its_drill(
    backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Transfer.objects.count()
    shorter = {"ok": True, "fault": None, "figures": {"transfers": count - 1}}
    monkeypatch.setattr(backups, "verify_restored", lambda _: shorter)

    with pytest.raises(CommandError, match=f"{count - 1} transfers, where {count} had been booked"):
        drill(backup)


def test_a_file_that_is_no_backup_fails_its_drill_and_leaves_nothing_behind(
    ledger: list[TreeHead], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"not a backup at all, of whatever kind")

    with pytest.raises(CommandError, match="was not proved"):
        drill(broken)

    assert not Upkeep.objects.get(kind=UpkeepKind.DRILL).ok
    assert databases_of_drills() == []


def test_a_backup_that_is_not_there_is_asked_for_again(ledger: list[TreeHead], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        drill(tmp_path / "tonghui-20260210-040000.dump")

    assert not Upkeep.objects.exists()


def test_a_folder_that_is_not_there_makes_no_backup_and_is_kept_as_a_failure(
    ledger: list[TreeHead], tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="No backup was made"):
        call_command("backup", f"--to={tmp_path / 'nowhere'}")

    assert not Upkeep.objects.get(kind=UpkeepKind.BACKUP).ok


def test_a_verification_is_kept_when_asked_for_and_only_then(ledger: list[TreeHead]) -> None:
    call_command("verify_ledger", stdout=StringIO())
    before = Upkeep.objects.count()
    call_command("verify_ledger", "--record", stdout=StringIO())

    kept = Upkeep.objects.get()
    assert (before, kept.kind, kept.ok, kept.figures["heads"]) == (0, UpkeepKind.VERIFICATION, True, 2)


def test_a_verification_that_finds_a_fault_is_kept_with_it(ledger: list[TreeHead]) -> None:
    with transaction.atomic():
        tamper("UPDATE ledger_transfer SET fen = fen + 1 WHERE key = 'redeem:r1'")

    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--record", stdout=StringIO())

    kept = Upkeep.objects.get()
    assert not kept.ok and "(redeem:r1)" in kept.problem


@pytest.mark.django_db
def test_id_numbers_are_written_anew_with_the_newest_key_and_read_without_the_old_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts import identity

    residents = [ResidentFactory(id_number=ID_NUMBER), ResidentFactory()]
    old = dict(settings.FIELD_ENCRYPTION_KEYS)
    monkeypatch.setattr(identity, "_keys", lambda: {**old, 2: b"2" * 32})
    written, again = reencrypt_id_numbers(), reencrypt_id_numbers()
    monkeypatch.setattr(identity, "_keys", lambda: {2: b"2" * 32})

    assert (written, again) == (1, 0)
    assert [Resident.objects.get(pk=resident.pk).id_number for resident in residents] == [ID_NUMBER, ""]
