"""A bundle, and the program that verifies it with nothing of ours: what is wrong is named by file and line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from ledger import signing
from ledger.standalone.verify_bundle import Wrong, verify

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.support.databases import Databases

VERIFIER = Path(__file__).parents[2] / "ledger" / "standalone" / "verify_bundle.py"
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def story(
    databases: Databases, template: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The bundles of the sealed story: the whole of it, January, and all again after something happened to it."""
    from tests.seals.story import write_bundles
    from tests.support.databases import created, pointed_at

    folder = tmp_path_factory.mktemp("bundles")
    with created(databases, "bundled", template=template) as name, django_db_blocker.unblock(), pointed_at(name):
        write_bundles(folder)
    return folder


@pytest.fixture
def bundle(story: Path, tmp_path: Path) -> Path:
    """The whole story, to be tampered with."""
    return Path(copy(story / "ledger.zip", tmp_path))


def verify_alone(path: Path, *options: object) -> tuple[int, str]:
    """Run the verifier as a stranger would: isolated, from a copy that stands alone."""
    alone = copy(VERIFIER, path.parent)
    command = [sys.executable, "-I", str(alone), str(path), *map(str, options)]
    ended = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    assert ended.stderr == "", ended.stderr
    return ended.returncode, ended.stdout


def unpacked(path: Path) -> Files:
    with ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def packed(path: Path, files: Files, *, manifest_follows: bool = True) -> Path:
    """Pack files again; a clever hand lets the manifest follow."""
    if manifest_follows:
        manifest = json.loads(files["manifest.json"])
        for name in manifest["files"]:
            if name in files:
                manifest["files"][name] = {"sha256": sha256(files[name]).hexdigest(), "bytes": len(files[name])}
        files["manifest.json"] = json.dumps(manifest).encode()
    with ZipFile(path, "w") as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return path


def lines_of(files: Files, name: str) -> list[bytes]:
    return files[name].splitlines(keepends=True)


def wrong(path: Path, **kept: Path) -> tuple[str, int, str]:
    """Return the file, the line and the problem that the verifier names."""
    with pytest.raises(Wrong) as found:
        verify(path, **kept)
    return found.value.file, found.value.line, found.value.problem


def replaced(files: Files, name: str, old: bytes, new: bytes) -> int:
    """Change one line of a file and return its number."""
    lines = lines_of(files, name)
    number = next(number for number, line in enumerate(lines) if old in line)
    lines[number] = lines[number].replace(old, new, 1)
    files[name] = b"".join(lines)
    return number + 1


def test_a_stranger_without_anything_of_ours_finds_it_sound(bundle: Path) -> None:
    code, printed = verify_alone(bundle)

    assert (code, printed[:36]) == (0, "Everything agrees: files 9, heads 2,")


def test_a_stranger_is_told_the_file_and_the_line(bundle: Path) -> None:
    files = unpacked(bundle)
    line = replaced(files, "transfers.jsonl", b'"key":"redeem:r1"', b'"key":"redeem:rx"')
    packed(bundle, files)

    code, printed = verify_alone(bundle)
    as_json = json.loads(verify_alone(bundle, "--json")[1])

    assert code == 1 and printed.startswith(f"WRONG: transfers.jsonl, line {line}: redeem:rx is not what was sealed")
    assert (as_json["ok"], as_json["file"], as_json["line"]) == (False, "transfers.jsonl", line)


def test_a_bundle_agrees_with_itself(bundle: Path) -> None:
    figures = verify(bundle)

    assert figures["heads"] == 2 and figures["unsealed"] == 1 and figures["months_netted"] == 1
    assert figures["transfers"] == figures["leaves"] + 1 == len(lines_of(unpacked(bundle), "transfers.jsonl"))


def test_the_bundle_of_a_month_holds_its_transfers_and_every_leaf(story: Path) -> None:
    whole, month = verify(story / "ledger.zip"), verify(story / "january.zip")

    assert month["leaves"] == whole["leaves"]
    assert whole["transfers"] > month["transfers"] > month["unsealed"] == 0


def test_a_ledger_without_anything_makes_a_sound_bundle(story: Path) -> None:
    assert verify(story / "empty.zip")["transfers"] == 0


def test_heads_signed_with_an_older_key_are_verified_too(story: Path) -> None:
    assert verify(story / "rotated.zip")["heads"] == 3
    assert len(json.loads(unpacked(story / "rotated.zip")["keys.json"])["keys"]) == 2


@pytest.mark.parametrize("name", ["transfers.jsonl", "heads.jsonl", "keys.json", "positions.jsonl"])
def test_a_changed_file_is_named(bundle: Path, name: str) -> None:
    files = unpacked(bundle)
    files[name] = files[name].replace(b'"', b"'", 1)

    found = wrong(packed(bundle, files, manifest_follows=False))

    assert found == (name, 0, "has another SHA-256 than the manifest says")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b'"fen":100,', b'"fen":101,', "redeem:r1 is not what was sealed as leaf "),
        (b'"fen":100,', b'"fen":-100,', "is no positive amount of whole fen between two accounts"),
        (b'"fen":100,', b'"fen":100.5,', "holds something that is neither text nor a whole number"),
        (b'"act":"', b'"act":"x', "redeem:r1 is not what was sealed as leaf "),
        (b"/payable/", b"/cost/", "its credit account "),
        (b'"event"', b'"events"', "a transfer has the members "),
        (b'"period":"2026-02-01"', b'"period":"2026-02-03"', "is in no month"),
    ],
)
def test_a_changed_transfer_is_named_by_its_line(bundle: Path, old: bytes, new: bytes, problem: str) -> None:
    files = unpacked(bundle)
    lines = lines_of(files, "transfers.jsonl")
    number = next(number for number, line in enumerate(lines) if b'"key":"redeem:r1"' in line)
    lines[number] = lines[number].replace(old, new, 1)
    files["transfers.jsonl"] = b"".join(lines)

    file, line, what = wrong(packed(bundle, files))

    assert (file, line) == ("transfers.jsonl", number + 1) and what.startswith(problem)


def swap_transfers(files: Files) -> None:
    lines = lines_of(files, "transfers.jsonl")
    lines[0], lines[1] = lines[1], lines[0]
    files["transfers.jsonl"] = b"".join(lines)


def swap_leaves(files: Files) -> None:
    lines, rows = lines_of(files, "leaves.txt"), lines_of(files, "transfers.jsonl")
    lines[0], lines[1] = lines[1], lines[0]
    rows[:2] = [rows[1].replace(b'"sequence":1', b'"sequence":0'), rows[0].replace(b'"sequence":0', b'"sequence":1')]
    files["leaves.txt"], files["transfers.jsonl"] = b"".join(lines), b"".join(rows)


def drop_last_leaf(files: Files) -> None:
    files["leaves.txt"] = b"".join(lines_of(files, "leaves.txt")[:-1])
    files["transfers.jsonl"] = b"".join(lines_of(files, "transfers.jsonl")[:-2])


def put_into_january(files: Files) -> None:
    replaced(files, "transfers.jsonl", b'"sequence":null,', b'"sequence":null, ')
    lines = lines_of(files, "transfers.jsonl")
    lines[-1] = lines[-1].replace(b'"period":"2026-02-01"', b'"period":"2026-01-01"')
    files["transfers.jsonl"] = b"".join(lines)


def drop_first_transfer(files: Files) -> None:
    files["transfers.jsonl"] = b"".join(lines_of(files, "transfers.jsonl")[1:])


def cut_a_line(files: Files) -> None:
    files["transfers.jsonl"] = files["transfers.jsonl"][:-20]


def swap_heads(files: Files) -> None:
    files["heads.jsonl"] = b"".join(lines_of(files, "heads.jsonl")[::-1])


def play_a_head_again(files: Files) -> None:
    files["heads.jsonl"] += lines_of(files, "heads.jsonl")[0]


def drop_the_last_head(files: Files) -> None:
    files["heads.jsonl"] = lines_of(files, "heads.jsonl")[0]


def forge_a_head(files: Files) -> None:
    replaced(files, "heads.jsonl", b"eyJudW1iZXIiOj", b"eyJudW1iZXIiOi")


def take_the_key_away(files: Files) -> None:
    files["keys.json"] = b'{"keys": []}\n'


def owe_more(files: Files) -> None:
    rows = [json.loads(line) for line in lines_of(files, "obligations.jsonl")]
    rows[0]["fen"] += 1
    files["obligations.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def forget_a_position(files: Files) -> None:
    files["positions.jsonl"] = b"".join(lines_of(files, "positions.jsonl")[1:])


def forget_the_obligations(files: Files) -> None:
    files["obligations.jsonl"] = files["positions.jsonl"] = b""


def rename_an_account(files: Files) -> None:
    replaced(files, "accounts.jsonl", b"/cost", b"/costs")


@pytest.mark.parametrize(
    ("change", "file", "line", "problem"),
    [
        (swap_transfers, "transfers.jsonl", 1, "the transfer of leaf 0 is not here"),
        (swap_leaves, "leaves.txt", None, "the leaves up to here have another root than head 1"),
        (drop_last_leaf, "leaves.txt", None, "is gone: head 2 covers "),
        (put_into_january, "transfers.jsonl", None, "redeem:r3 was put into a month after it was closed and sealed"),
        (drop_first_transfer, "transfers.jsonl", 1, "the transfer of leaf 0 is not here"),
        (cut_a_line, "transfers.jsonl", None, "ends in the middle"),
        (swap_heads, "heads.jsonl", 1, "is head 2, where head 1 belongs"),
        (play_a_head_again, "heads.jsonl", 3, "is head 1, where head 3 belongs"),
        (drop_the_last_head, "manifest.json", 0, "names another head than the last one of heads.jsonl"),
        (forge_a_head, "heads.jsonl", 1, "is no head of this ledger: "),
        (take_the_key_away, "heads.jsonl", 1, "is no head of this ledger: its key "),
        (owe_more, "obligations.jsonl", 1, ""),
        (forget_a_position, "positions.jsonl", 0, "2026-01: the position of "),
        (forget_the_obligations, "obligations.jsonl", 0, "2026-01: "),
        (rename_an_account, "accounts.jsonl", None, "an account's code is its authority, "),
    ],
)
def test_what_a_clever_hand_changed_is_named(
    bundle: Path, change: Callable[[Files], None], file: str, line: int | None, problem: str
) -> None:
    files = unpacked(bundle)
    change(files)

    found = wrong(packed(bundle, files))

    assert found[0] == file and found[2].startswith(problem)
    assert found[1] == line or (line is None and found[1] > 0)


@pytest.mark.parametrize("name", ["leaves.txt", "steps.jsonl", "keys.json"])
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    files = unpacked(bundle)
    del files[name]

    assert wrong(packed(bundle, files)) == (name, 0, "is missing")


def test_a_file_that_does_not_belong_is_named(bundle: Path) -> None:
    files = unpacked(bundle)
    files["more.txt"] = b"more"

    assert wrong(packed(bundle, files)) == ("more.txt", 0, "does not belong into a bundle")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_bundle_is_no_bundle(bundle: Path, share: float) -> None:
    data = bundle.read_bytes()
    bundle.write_bytes(data[: int(len(data) * share)])

    file, line, problem = wrong(bundle)
    assert (file, line) == ("ledger.zip", 0) and problem.startswith("is no whole ZIP file")


def test_damage_inside_the_zip_is_named_by_file(bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    with ZipFile(bundle) as whole:
        place = whole.getinfo("transfers.jsonl").header_offset + 200
    data[place : place + 8] = b"\xff" * 8
    bundle.write_bytes(data)

    file, _line, problem = wrong(bundle)
    assert file == "transfers.jsonl" and ("cannot be read" in problem or "manifest" in problem)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"letter.txt": b"hello"}, "is missing: this is no bundle of the ledger"),
        ({"manifest.json": b"hello"}, "is no JSON: "),
        ({"manifest.json": b"[]"}, "is no JSON object"),
        ({"manifest.json": b'{"format": "another"}'}, "says format 'another'; "),
    ],
)
def test_a_foreign_zip_is_no_bundle(tmp_path: Path, files: Files, problem: str) -> None:
    path = packed(tmp_path / "foreign.zip", files, manifest_follows=False)

    file, line, what = wrong(path)
    assert (file, line) == ("manifest.json", 0) and what.startswith(problem)


def test_what_somebody_kept_finds_a_history_written_anew(story: Path, tmp_path: Path) -> None:
    kept = tmp_path / "heads.jsonl"
    kept.write_bytes(unpacked(story / "ledger.zip")["heads.jsonl"])

    assert verify(story / "anew.zip")["heads"] == 1
    assert verify(story / "rotated.zip", witness=kept)["witnessed"] == 2
    assert wrong(story / "anew.zip", witness=kept)[:2] == ("heads.jsonl", 1)


def test_keys_that_somebody_trusts_find_a_ledger_signed_by_another(bundle: Path, tmp_path: Path) -> None:
    ours, foreign = tmp_path / "keys.json", tmp_path / "foreign.json"
    ours.write_bytes(unpacked(bundle)["keys.json"])
    jwk = signing.public_jwk(signing.private_key(signing.new_private_key()))
    foreign.write_text(json.dumps({"keys": [jwk]}))

    assert verify(bundle, keys=ours)["heads"] == 2
    assert wrong(bundle, keys=foreign)[:2] == ("heads.jsonl", 1)
