"""Secrets: from the environment where people's data is real, made once on this machine everywhere else."""

from __future__ import annotations

import os
import secrets
import tempfile
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from pathlib import Path

KEY_BYTES = 32


def new_secret() -> str:
    """Return 32 random bytes in base64."""
    return b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def kept_secret(*, folder: Path, name: str, make: Callable[[], str] = new_secret) -> str:
    """Return the secret kept in ``folder/name``, and make it first when there is none.

    The file appears whole or not at all, so two processes that start together read the same secret.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _publish(path, make())
    return path.read_text(encoding="ascii").strip()


def field_keys(text: str) -> dict[int, bytes]:
    """Return the encryption keys by version from ``"1:BASE64,2:BASE64"``; the highest version encrypts.

    Raises ValueError when a version is not 1 to 255, comes twice, or a key is not 32 bytes.
    """
    keys: dict[int, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        version, separator, key = part.partition(":")
        if not separator or not version.isdecimal() or not 1 <= int(version) <= 255:
            raise ValueError("write each field key as VERSION:BASE64, the version from 1 to 255")
        if int(version) in keys:
            raise ValueError(f"field key version {version} is given twice")
        keys[int(version)] = key_bytes(key)
    if not keys:
        raise ValueError("at least one field key is needed")
    return keys


def key_bytes(text: str) -> bytes:
    """Return the 32 bytes that ``text`` writes in base64. Raises ValueError for anything else."""
    try:
        key = b64decode(text, validate=True)
    except NotBase64:
        raise ValueError("a key is written in base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, this one has {len(key)}")
    return key


def _publish(path: Path, text: str) -> None:
    """Write ``text`` beside ``path`` and link it into place; the first of several writers wins."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
