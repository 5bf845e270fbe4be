"""A progress bar for a terminal, and a line now and then for a log."""

from __future__ import annotations

import time
from typing import TextIO

WIDTH = 30


class Progress:
    """Says how far the work is: ``step`` after each part of ``total``."""

    def __init__(self, *, out: TextIO) -> None:
        self.out = out
        self.done = self.total = 0
        self.began = time.monotonic()
        self._shown = -1

    def expect(self, more: int) -> None:
        """Add ``more`` parts to the work."""
        self.total += more

    def step(self, label: str, parts: int = 1) -> None:
        """Note that ``parts`` are done; ``label`` says what is being worked on."""
        self.done += parts
        percent = 100 * self.done // max(self.total, 1)
        if percent == self._shown or not (self.out.isatty() or percent // 10 > self._shown // 10):
            return
        self._shown = percent
        filled = WIDTH * percent // 100
        bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {percent:3d} %  {label}"
        self.out.write(f"\r{bar:<70}" if self.out.isatty() else f"{bar}\n")
        self.out.flush()

    def end(self, sentence: str) -> None:
        """Say what came out and how long it took."""
        seconds = time.monotonic() - self.began
        self.out.write(f"{chr(10) if self.out.isatty() else ''}{sentence} {seconds:.1f} s\n")
