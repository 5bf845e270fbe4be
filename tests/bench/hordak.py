"""django-hordak's ``transfer_to``, the textbook way of posting, in a process and with settings of its own.

``Hordak`` is our end of the pipe; run as a module this is the other end, which answers each line that asks for a
number of seconds with the number of transfers a second.
"""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.bench.figures import calls_within

SETTINGS: dict[str, Any] = {
    "INSTALLED_APPS": ["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
    "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
    "USE_TZ": True,
    "DEFAULT_CURRENCY": "CNY",
    "HORDAK_INTERNAL_CURRENCY": "CNY",
    "HORDAK_CURRENCIES": ["CNY"],
}


class Hordak:
    """A database beside ours on the same server, reached with the same options, and the process that posts to it."""

    def __init__(self, *, server: str) -> None:
        with psycopg.connect(server, autocommit=True) as maintenance:
            maintenance.execute("CREATE DATABASE bench_hordak")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.bench.hordak", server],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def rate(self, seconds: float) -> float:
        """Return how many transfers a second one client books."""
        assert self._process.stdin and self._process.stdout
        print(seconds, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())


def answer(server: str) -> None:
    """Measure as often as the other end asks."""
    _set_up(server)
    from djmoney.money import Money
    from hordak.models import Account, AccountType, Transaction

    payer, payable = (
        Account.objects.create(name=name, code=code, type=kind, currencies=["CNY"])
        for name, code, kind in (("entitlement", "1", AccountType.liability), ("payable", "2", AccountType.liability))
    )
    for line in sys.stdin:
        before = Transaction.objects.count()
        asked = float(line)
        done = calls_within(asked, lambda _: payer.transfer_to(payable, Money("0.01", "CNY")))
        assert Transaction.objects.count() > before + done
        print(done / asked, flush=True)


def _set_up(server: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    place = conninfo_to_dict(server)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "bench_hordak",
                "USER": place["user"],
                "HOST": place["host"],
                "PORT": place["port"],
                "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5},
            }
        },
        **SETTINGS,
    )
    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    answer(sys.argv[1])
