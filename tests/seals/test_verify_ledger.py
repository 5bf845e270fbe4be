"""``manage.py verify_ledger``: figures and 0, or the first bad row and 1."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.support.tampering import tamper

if TYPE_CHECKING:
    from ledger.models import TreeHead


@pytest.fixture
def committed(committed_db: str) -> list[TreeHead]:
    """The sealed story, committed: a verifier looks at one moment of a ledger that goes on."""
    from tests.seals.story import seal_a_story

    with transaction.atomic():
        return seal_a_story()


def verify_ledger(*arguments: object) -> tuple[int, str]:
    """Return the exit code and what was printed."""
    out = StringIO()
    try:
        call_command("verify_ledger", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def as_json(*arguments: object) -> tuple[int, dict[str, Any]]:
    code, printed = verify_ledger("--json", *arguments)
    return code, json.loads(printed)


def test_a_sound_ledger_is_told_in_figures(committed: list[TreeHead]) -> None:
    code, report = as_json()

    assert (code, report["ok"], report["fault"]) == (0, True, None)
    assert report["figures"]["heads"] == 2 and report["figures"]["leaves"] == committed[1].size
    assert verify_ledger()[1].startswith("Everything agrees: heads 2, keys 1, leaves ")


def test_the_first_bad_row_is_named(committed: list[TreeHead]) -> None:
    with transaction.atomic():
        tamper("UPDATE ledger_transfer SET fen = fen + 1 WHERE key IN ('redeem:r1', 'redeem:r2')")

    code, report = as_json()

    assert (code, report["ok"], report["fault"]["check"]) == (1, False, "leaves")
    assert report["fault"]["row"].endswith("(redeem:r1)")
    assert verify_ledger()[1].startswith("WRONG (leaves): transfer ")


def test_a_ledger_without_anything_is_sound(committed_db: str) -> None:
    code, report = as_json()

    assert code == 0 and report["figures"]["transfers"] == report["figures"]["heads"] == 0


def test_verifying_changes_nothing_and_keeps_no_transaction_open(committed: list[TreeHead]) -> None:
    verify_ledger()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_treehead")
        assert cursor.fetchone()[0] == 2


def test_heads_that_a_district_kept_must_be_heads_still(committed: list[TreeHead], tmp_path: Path) -> None:
    kept, foreign = tmp_path / "kept.jsonl", tmp_path / "foreign.jsonl"
    kept.write_text("".join(json.dumps({"jws": head.jws}) + "\n" for head in committed))
    foreign.write_text(json.dumps({"jws": committed[0].jws + "A"}) + "\n")

    assert as_json("--witness", kept)[1]["figures"]["witnessed"] == 2
    assert as_json("--witness", foreign)[1]["fault"]["row"] == "witnessed head in line 1"


@pytest.mark.parametrize("text", ["no json\n", "[]\n", '{"other": 1}\n'])
def test_a_file_of_something_else_is_no_witness(committed_db: str, tmp_path: Path, text: str) -> None:
    path = tmp_path / "heads.jsonl"
    path.write_text(text)

    with pytest.raises(CommandError, match="is no file of heads"):
        verify_ledger("--witness", path)
