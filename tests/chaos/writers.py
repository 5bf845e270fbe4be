"""People who redeem, one way or the other, and repeat what was not answered until it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from itertools import count, cycle
from threading import Event, Thread
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.db import Error, connection
from rest_framework.authtoken.models import Token

from tests.chaos.city import City
from vouchers.models import Voucher
from vouchers.services.redeeming import redeem

#: Between two tries, and between two redemptions: the city is to work, not to be as fast as it can.
PAUSE_SECONDS = 0.05

#: Redeems one fen under a key, or raises.
Redeem = Callable[[Voucher, str], object]


def by_service(city: City) -> Redeem:
    """Redeem in this process, in the month that the city has come to."""

    def take(voucher: Voucher, key: str) -> object:
        return redeem(
            resident=voucher.resident,
            programme=city.health,
            provider=city.provider,
            fen=1,
            day=city.month,
            key=key,
            stamp=city.stamp(city.month),
        )

    return take


def by_web(city: City, *, url: str) -> Redeem:
    """Redeem as a provider's system does."""
    token = Token.objects.create(user=city.clerk)

    def take(voucher: Voucher, key: str) -> object:
        claim = {"voucher": voucher.number, "amount_fen": 1, "day": f"{city.today}"}
        headers = {
            "Authorization": f"Token {token.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        with urlopen(Request(f"{url}/api/v1/redemptions", json.dumps(claim).encode(), headers), timeout=10) as answer:
            return json.load(answer)

    return take


class Writers:
    """Threads that redeem until they are told to stop; each finishes what it began."""

    def __init__(self, city: City, ways: list[Redeem]) -> None:
        self._city = city
        self._over = Event()
        self._threads = [Thread(target=self._write, args=[number, way]) for number, way in enumerate(ways)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, writer: int, take: Redeem) -> None:
        for number, voucher in zip(count(), cycle(self._city.vouchers), strict=False):
            key = f"writer-{writer}-{number}"
            while not self._taken(take, voucher, key):
                self._over.wait(PAUSE_SECONDS)
            self._city.redeemed.append(key)
            if self._over.wait(PAUSE_SECONDS):
                break
        connection.close()

    def _taken(self, take: Redeem, voucher: Voucher, key: str) -> bool:
        with suppress(Error, URLError, HTTPException, OSError):
            take(voucher, key)
            return True
        connection.close()
        return False
