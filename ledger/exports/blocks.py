"""An export is sent block by block, so that none is ever whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO

BLOCK_BYTES = 1 << 16


def encoded(texts: Iterable[str]) -> Iterator[bytes]:
    """Gather pieces of text into blocks of UTF-8."""
    gathered: list[bytes] = []
    size = 0
    for text in texts:
        gathered.append(text.encode())
        size += len(gathered[-1])
        if size >= BLOCK_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


def through_file(write: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    """Send what ``write`` makes by way of the disk: for formats whose beginning is written last."""
    with TemporaryFile() as file:
        write(file)
        file.seek(0)
        while block := file.read(BLOCK_BYTES):
            yield block
