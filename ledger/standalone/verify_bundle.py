"""Verify an exported bundle of the ledger offline: ``python verify_bundle.py BUNDLE.zip``.

Needs Python 3.11 and the package ``cryptography``, and nothing of the service that wrote the bundle. Exit 0 with
figures, 1 naming the file and the line that is wrong, 2 when the arguments cannot be read. Memory stays small.

Whoever can rewrite a ledger and its keys can also write a bundle that agrees with itself. Two options hold it against
what you kept: ``--witness heads.jsonl`` (heads of earlier days) and ``--keys keys.json`` (the keys you trust).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

FORMAT = "tonghui-bundle-1"
FILES = {
    "keys.json",
    "heads.jsonl",
    "leaves.txt",
    "accounts.jsonl",
    "held.jsonl",
    "transfers.jsonl",
    "steps.jsonl",
    "obligations.jsonl",
    "positions.jsonl",
}
#: The members of a sealed transfer, in the order in which they are hashed.
TRANSFER = (
    "key",
    "event",
    "subject",
    "act",
    "reverses",
    "debit",
    "credit",
    "fen",
    "occurred_on",
    "booked_on",
    "period",
    "settles",
    "recorded_by",
    "recorded_at",
)
NETTING, PAYMENT = "netting", "payment"
#: Takeovers: the first two change the dues of the month they settle, the third pays within one.
DUE_ENDED, DUE_TAKEN_OVER, INSIDE_PAYMENT = "due_ended", "due_taken_over", "inside_payment"
#: The hub takes payments in and passes them on.
HUB_RECEIPT, HUB_PAYMENT = "hub_receipt", "hub_payment"
SETTLING = (NETTING, PAYMENT, DUE_ENDED, DUE_TAKEN_OVER, INSIDE_PAYMENT)
LONGEST_LINE = 1 << 20

Json = dict[str, Any]


class Wrong(Exception):
    """``line`` counts from 1; 0 means the whole file."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}, line {line}: {problem}" if line else f"{file}: {problem}")
        self.file, self.line, self.problem = file, line, problem


class Bundle:
    """The files of a bundle, line by line. Raises Wrong when one is not whole or not what the manifest says."""

    def __init__(self, archive: ZipFile) -> None:
        self.zip = archive
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> Json:
        names = self.zip.namelist()
        if "manifest.json" not in names:
            raise Wrong("manifest.json", 0, "is missing: this is no bundle of the ledger")
        manifest = parsed(b"".join(self._raw_lines("manifest.json")), "manifest.json", 0)
        if manifest.get("format") != FORMAT:
            raise Wrong("manifest.json", 0, f"says format {manifest.get('format')!r}; this program reads {FORMAT}")
        files = manifest.get("files")
        for name in sorted({*FILES, *names} - {"manifest.json"}):
            if name not in FILES or names.count(name) > 1:
                raise Wrong(name, 0, "does not belong into a bundle")
            if name not in names or not isinstance(files, dict) or not isinstance(files.get(name), dict):
                raise Wrong(name, 0, "is missing")
        return manifest

    def check_files(self) -> int:
        """Compare every file with its size and SHA-256 in the manifest."""
        for name in sorted(FILES):
            digest, size = sha256(), 0
            for line in self._raw_lines(name):
                digest.update(line)
                size += len(line)
            said = self.manifest["files"][name]
            if size != said.get("bytes"):
                raise Wrong(name, 0, f"has {size} bytes, the manifest says {said.get('bytes')}")
            if digest.hexdigest() != said.get("sha256"):
                raise Wrong(name, 0, "has another SHA-256 than the manifest says")
        return len(FILES)

    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(self._raw_lines(name), start=1):
            if not line.endswith(b"\n"):
                raise Wrong(name, number, "ends in the middle")
            yield number, line[:-1]

    def rows(self, name: str) -> Iterator[tuple[int, Json]]:
        for number, line in self.lines(name):
            yield number, parsed(line, name, number)

    def _raw_lines(self, name: str) -> Iterator[bytes]:
        number = 0
        try:
            with self.zip.open(name) as file:
                while line := file.readline(LONGEST_LINE):
                    number += 1
                    yield line
        except (BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, zlib.error) as error:
            raise Wrong(name, number + 1, f"cannot be read: {error}") from None


def parsed(text: bytes, file: str, line: int) -> Json:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Wrong(file, line, f"is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise Wrong(file, line, "is no JSON object")
    return value


# The tree of RFC 6962


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """Grows by a leaf at a time; keeps the roots of its whole subtrees, widest first."""

    def __init__(self) -> None:
        self.size, self.roots = 0, list[bytes]()

    def append(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf, size = node(self.roots.pop(), leaf), size >> 1
        self.roots.append(leaf)
        self.size += 1

    def root(self) -> str:
        if not self.roots:
            return sha256(b"").hexdigest()
        *wider, root = self.roots
        for left in reversed(wider):
            root = node(left, root)
        return root.hex()


# Keys and heads


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def thumbprint(jwk: Json) -> str:
    """Return the RFC 7638 name of a key."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def read_keys(keys: Json, file: str) -> dict[str, Any]:
    """Return public keys by their thumbprints."""
    found = {}
    try:
        for jwk in keys["keys"]:
            x, y = (int.from_bytes(decoded(jwk[name]), "big") for name in ("x", "y"))
            found[thumbprint(jwk)] = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except (KeyError, TypeError, ValueError) as error:
        raise Wrong(file, 1, f"holds something that is no public P-256 key: {error!r}") from None
    return found


def payload_of(token: str, keys: dict[str, Any]) -> Json:
    """Return what a signed head says. Raises ValueError when it was not signed so."""
    head, body, signature = token.split(".")
    header, raw = json.loads(decoded(head)), decoded(signature)
    if header.get("alg") != "ES256" or header.get("typ") != "tonghui-tree-head" or len(raw) != 64:
        raise ValueError("it is no tree head signed with ES256")
    if header.get("kid") not in keys:
        raise ValueError(f"its key {header.get('kid')} is not among the keys")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        keys[header["kid"]].verify(der, f"{head}.{body}".encode(), ECDSA(SHA256()))
    except InvalidSignature:
        raise ValueError("its signature does not fit its text") from None
    payload = dict(json.loads(decoded(body)))
    if type(payload.get("size")) is not int or {"number", "root", "previous", "closed_through"} - payload.keys():
        raise ValueError("it does not say what a head says")
    return payload


def check_heads(bundle: Bundle, trusted: dict[str, Any] | None) -> list[Json]:
    """Check signatures and the chain; return what the heads say."""
    name, before, found = "heads.jsonl", "", list[Json]()
    keys = read_keys(next((row for _, row in bundle.rows("keys.json")), {}), "keys.json")
    for line, row in bundle.rows(name):
        token = row.get("jws")
        try:
            head = payload_of(str(token), keys if trusted is None else trusted)
        except (ValueError, KeyError, TypeError) as error:
            raise Wrong(name, line, f"is no head of this ledger: {error}") from None
        if head.get("number") != line or row.get("number") != line:
            raise Wrong(name, line, f"is head {head.get('number')}, where head {line} belongs")
        if head.get("previous") != before:
            raise Wrong(name, line, "does not follow the head before it: the chain is broken between the two")
        if found and head["size"] < found[-1]["size"]:
            raise Wrong(name, line, "covers fewer leaves than the head before it")
        before = sha256(str(token).encode()).hexdigest()
        found.append(head)
    said = {name: found[-1][name] for name in ("number", "size", "root")} if found else None
    if bundle.manifest.get("head") != said:
        raise Wrong("manifest.json", 0, "names another head than the last one of heads.jsonl")
    return found


def check_witness(path: Path, bundle: Bundle) -> int:
    """Every head that somebody kept is in the bundle."""
    ours = {row.get("jws") for _, row in bundle.rows("heads.jsonl")}
    count = 0
    for count, line in enumerate(path.read_bytes().splitlines(), start=1):
        if parsed(line, path.name, count).get("jws") not in ours:
            raise Wrong(path.name, count, "this head is not in the bundle: its history was written anew")
    return count


# Leaves and transfers


class Books:
    """What the transfers add up to, by month and pair of authorities. Small: it holds no row."""

    def __init__(self, accounts: dict[str, Json], held: dict[str, str]) -> None:
        self.accounts, self.held = accounts, held
        self.owed: dict[tuple[str, str, str], int] = defaultdict(int)
        self.netted: dict[tuple[str, str, str], int] = defaultdict(int)
        self.paid: dict[tuple[str, str], int] = defaultdict(int)

    def add(self, row: Json) -> None:
        fen, debit, credit = row["fen"], self.accounts[row["debit"]], self.accounts[row["credit"]]
        owing, owed = debit["authority"], credit["authority"]
        if row["event"] == NETTING:
            self.netted[row["settles"][:7], owed, owing] += fen
        elif row["event"] in (PAYMENT, HUB_RECEIPT, HUB_PAYMENT):
            if row["settles"]:
                self.paid[row["settles"][:7], owing] += fen if debit["kind"] == "cash" else -fen
        elif row["event"] == DUE_ENDED:
            self.owed[row["settles"][:7], owed, owing] -= fen
        elif row["event"] == DUE_TAKEN_OVER:
            self.owed[row["settles"][:7], owing, owed] += fen
        elif row["event"] != INSIDE_PAYMENT and owing != owed:
            self.owed[self.held.get(row["key"], row["period"][:7]), owing, owed] += fen


def read_accounts(bundle: Bundle) -> dict[str, Json]:
    name, found = "accounts.jsonl", dict[str, Json]()
    for line, row in bundle.rows(name):
        parts = (row.get(part) for part in ("authority", "programme", "kind", "party"))
        if row.get("code") != "/".join(str(part) for part in parts if part) or row["code"] in found:
            raise Wrong(name, line, "an account's code is its authority, programme, kind and party, and used once")
        found[row["code"]] = row
    return found


def read_held(bundle: Bundle) -> dict[str, str]:
    """Return the month that settles each row in dispute, "" while that is not decided."""
    name, found = "held.jsonl", dict[str, str]()
    for line, row in bundle.rows(name):
        key, settles = row.get("key"), row.get("settles")
        if not isinstance(key, str) or key in found or not re.fullmatch(r"\d{4}-\d\d", settles or "0000-00"):
            raise Wrong(name, line, "names no row, or one that is held already, or no month that settles it")
        found[key] = settles or ""
    return found


def check_leaves(bundle: Bundle, heads: list[Json], books: Books) -> dict[str, int]:
    """Every transfer hashes to its leaf, the leaves to the root of every head; no month was added to after closing."""
    rows, waiting, tree, closed = transfers(bundle, books), heads[::-1], Tree(), ""
    next_row, sealed = next(rows, None), 0
    closed = check_roots(tree, waiting, closed)
    for line, text in bundle.lines("leaves.txt"):
        if not re.fullmatch(rb"[0-9a-f]{64}", text):
            raise Wrong("leaves.txt", line, "is no SHA-256")
        if next_row is not None and next_row[1] == tree.size:
            check_transfer(next_row, leaf=text.decode(), closed=closed)
            next_row, sealed = next(rows, None), sealed + 1
        elif bundle.manifest["period"] is None:
            raise Wrong("transfers.jsonl", sealed + 1, f"the transfer of leaf {tree.size} is not here")
        tree.append(bytes.fromhex(text.decode()))
        closed = check_roots(tree, waiting, closed)
    if waiting:
        raise Wrong(
            "leaves.txt", tree.size + 1, f"is gone: head {waiting[-1]['number']} covers {waiting[-1]['size']} leaves"
        )
    unsealed = check_unsealed(next_row, rows, closed)
    return {"leaves": tree.size, "transfers": sealed + unsealed, "unsealed": unsealed}


def check_roots(tree: Tree, waiting: list[Json], closed: str) -> str:
    while waiting and waiting[-1]["size"] == tree.size:
        head = waiting.pop()
        if tree.root() != head["root"]:
            raise Wrong("leaves.txt", tree.size, f"the leaves up to here have another root than head {head['number']}")
        closed = head["closed_through"] or closed
    return closed


Row = tuple[int, "int | None", Json]


def check_unsealed(row: Row | None, rows: Iterator[Row], closed: str) -> int:
    count = 0
    while row is not None:
        if row[1] is not None:
            raise Wrong("transfers.jsonl", row[0], f"says it is leaf {row[1]}, which is not its place")
        check_transfer(row, leaf=None, closed=closed)
        row, count = next(rows, None), count + 1
    return count


def check_transfer(row: Row, *, leaf: str | None, closed: str) -> None:
    line, sequence, transfer = row
    if leaf is not None and sha256(b"\x00" + leaf_text(transfer)).hexdigest() != leaf:
        raise Wrong("transfers.jsonl", line, f"{transfer['key']} is not what was sealed as leaf {sequence}")
    if closed and transfer["period"] <= closed:
        raise Wrong("transfers.jsonl", line, f"{transfer['key']} was put into a month after it was closed and sealed")


def leaf_text(transfer: Json) -> bytes:
    return json.dumps({name: transfer[name] for name in TRANSFER}, separators=(",", ":")).encode()


def transfers(bundle: Bundle, books: Books) -> Iterator[Row]:
    """Read the transfers, each sound by itself, and add them up."""
    name, month = "transfers.jsonl", bundle.manifest["period"]
    for line, row in bundle.rows(name):
        transfer, sequence = row.get("transfer"), row.get("sequence")
        if not isinstance(transfer, dict) or tuple(transfer) != TRANSFER:
            raise Wrong(name, line, f"a transfer has the members {', '.join(TRANSFER)}, in this order")
        if not {type(value) for value in (sequence, *transfer.values())} <= {str, int, type(None)}:
            raise Wrong(name, line, "holds something that is neither text nor a whole number")
        fen = transfer["fen"]
        if type(fen) is not int or fen <= 0 or transfer["debit"] == transfer["credit"]:
            raise Wrong(name, line, "is no positive amount of whole fen between two accounts")
        for side in ("debit", "credit"):
            if transfer[side] not in books.accounts:
                raise Wrong(name, line, f"its {side} account {transfer[side]} is not in accounts.jsonl")
        changes = transfer["settles"] if transfer["event"] in (DUE_ENDED, DUE_TAKEN_OVER) else None
        changes = changes or books.held.get(str(transfer["key"]))
        of_month = not month or month in (str(transfer["period"])[:7], str(changes)[:7])
        if not re.fullmatch(r"\d{4}-\d\d-01", str(transfer["period"])) or not of_month:
            raise Wrong(name, line, "is not in the month of the bundle" if month else "is in no month")
        if transfer["event"] in SETTLING and not transfer["settles"]:
            raise Wrong(name, line, "settles no month")
        books.add(transfer)
        yield line, sequence, transfer


# Settlements


def check_settlements(bundle: Bundle, books: Books) -> dict[str, int]:
    """Obligations are those of the transfers, positions their net, netting and payments exactly these."""
    steps: dict[str, set[str]] = defaultdict(set)
    for _, row in bundle.rows("steps.jsonl"):
        steps[str(row.get("month"))].add(str(row.get("step")))
    whole = bundle.manifest["period"] is None
    owed, net = _check_obligations(bundle, books, steps, whole=whole)
    _check_positions(bundle, books, steps, net, whole=whole)
    for (month, debtor, creditor), fen in books.owed.items():
        checked = "netted" in steps[month] and (whole or month == bundle.manifest["period"])
        if fen and checked and owed.get((month, debtor, creditor)) != fen:
            raise Wrong("obligations.jsonl", 0, f"{month}: {debtor} owes {creditor} {fen} fen, which is not recorded")
    return {"months_netted": sum("netted" in taken for taken in steps.values())}


Pairs = dict[tuple[str, str, str], int]
Net = dict[tuple[str, str], int]


def _check_obligations(bundle: Bundle, books: Books, steps: dict[str, set[str]], *, whole: bool) -> tuple[Pairs, Net]:
    name, owed, net = "obligations.jsonl", Pairs(), defaultdict[tuple[str, str], int](int)
    for line, row in bundle.rows(name):
        month, debtor, creditor, fen = (row.get(part) for part in ("month", "debtor", "creditor", "fen"))
        place = (str(month), str(debtor), str(creditor))
        if place in owed or "netted" not in steps[place[0]] or type(fen) is not int:
            raise Wrong(name, line, "is recorded twice, or for a month that is not netted")
        if (whole or month == bundle.manifest["period"]) and books.owed.get(place) != fen:
            raise Wrong(name, line, f"{fen} fen, where the transfers say {books.owed.get(place, 0)} fen")
        if whole and books.netted.get(place) != fen:
            raise Wrong(name, line, f"{fen} fen, where the netting says {books.netted.get(place, 0)} fen")
        owed[place] = fen
        net[place[0], place[1]] -= fen
        net[place[0], place[2]] += fen
    return owed, net


def _check_positions(bundle: Bundle, books: Books, steps: dict[str, set[str]], net: Net, *, whole: bool) -> None:
    name, missing = "positions.jsonl", dict(net)
    for line, row in bundle.rows(name):
        place, fen = (str(row.get("month")), str(row.get("authority"))), row.get("fen")
        if place not in missing or missing.pop(place) != fen:
            raise Wrong(name, line, f"{fen} fen, where the obligations say {net.get(place, 0)} fen")
        if whole and "settled" in steps[place[0]] and books.paid.get(place, 0) != fen:
            raise Wrong(name, line, f"{fen} fen, where the payments say {books.paid.get(place, 0)} fen")
    for month, authority in missing:
        raise Wrong(name, 0, f"{month}: the position of {authority} is not recorded")


def verify(path: Path, *, witness: Path | None = None, keys: Path | None = None) -> dict[str, int]:
    """Check the bundle and return figures. Raises Wrong."""
    with path.open("rb") as file:
        try:
            archive = ZipFile(file)
        except BadZipFile as error:
            raise Wrong(path.name, 0, f"is no whole ZIP file: {error}") from None
        return check(Bundle(archive), witness=witness, keys=keys)


def check(bundle: Bundle, *, witness: Path | None, keys: Path | None) -> dict[str, int]:
    figures = {"files": bundle.check_files()}
    trusted = read_keys(parsed(keys.read_bytes(), keys.name, 0), keys.name) if keys else None
    heads = check_heads(bundle, trusted)
    figures["heads"] = len(heads)
    if witness:
        figures["witnessed"] = check_witness(witness, bundle)
    books = Books(read_accounts(bundle), read_held(bundle))
    return figures | check_leaves(bundle, heads, books) | check_settlements(bundle, books)


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify a bundle of the ledger offline.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--witness", type=Path, help="heads.jsonl that you kept from an earlier day")
    parser.add_argument("--keys", type=Path, help="keys.json that you trust, instead of the bundle's own")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    try:
        figures = verify(asked.bundle, witness=asked.witness, keys=asked.keys)
    except OSError as error:
        parser.error(str(error))
    except Wrong as wrong:
        found = {"ok": False, "file": wrong.file, "line": wrong.line, "problem": wrong.problem}
        print(json.dumps(found) if asked.json else f"WRONG: {wrong}")
        return 1
    words = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in figures.items())
    print(json.dumps({"ok": True, **figures}) if asked.json else f"Everything agrees: {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
