"""Serve the embedded form: ``manage.py serve``."""

from __future__ import annotations

import errno
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Serve the embedded form: web, worker and beat in one process, on SQLite. Ends on Ctrl-C or SIGTERM."
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000, help="0 takes any free port (default: 8000)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("REDIS_URL is set, so this is the deployed form: start gunicorn, a worker and beat.")
        from config.embedded import serve

        try:
            serve(host=host, port=port, opened=self.announce)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise CommandError(f"Port {port} is taken. Choose another: make demo PORT={port + 1}") from None

    def announce(self, address: str) -> None:
        """Say where to go and as whom."""
        self.stdout.write(f"Tonghui is at {address}  (Ctrl-C ends it)")
        if settings.DEMO:
            self.stdout.write(
                "Sign in with one press: the first page has a button for each person of the demonstration."
            )
