"""A progress bar for a terminal, and a line now and then for a log."""

from __future__ import annotations

import time

from django.core.management.base import OutputWrapper

WIDTH = 30


class Progress:
    """Says how far the work is: ``step`` after each part of what is expected."""

    def __init__(self, *, out: OutputWrapper) -> None:
        self.out = out
        self.on_terminal = out.isatty()
        self.done = self.total = 0
        self.began = time.monotonic()
        self._shown = -1

    def expect(self, parts: int) -> None:
        """Add ``parts`` to the work that lies ahead."""
        self.total += parts

    def step(self, label: str) -> None:
        """Note that one more part is done; ``label`` says what is being worked on."""
        self.done += 1
        percent = 100 * self.done // self.total
        reached = percent if self.on_terminal else percent // 10
        if reached > self._shown:
            self._shown = reached
            self._show(percent, label)

    def end(self, sentence: str) -> None:
        """Say what came out and how long it took."""
        first = "\n" if self.on_terminal else ""
        self.out.write(f"{first}{sentence} ({time.monotonic() - self.began:.0f} s)")

    def _show(self, percent: int, label: str) -> None:
        filled = WIDTH * percent // 100
        bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {percent:3d} %  {label}"
        self.out.write(f"\r{bar:<70}" if self.on_terminal else bar, ending="" if self.on_terminal else "\n")
        self.out.flush()
