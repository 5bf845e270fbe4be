"""Redemptions a second through the service, every check included, against a bare INSERT of the same row."""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections.abc import Callable

import psycopg
from django.db import connection

from accounts.models import Role, User
from tests.api.callers import V1, caller
from tests.bench import city
from tests.bench.figures import Figure, Medians, interleaved
from vouchers.api.claims import MOST_AT_ONCE
from vouchers.models import CostRule, Programme, Provider, ProviderClerk, Voucher
from vouchers.services.issuing import Offer, issue_many
from vouchers.services.redeeming import redeem

VOUCHERS = 2_000
SECONDS = 3.0
ROUNDS = 5

BARE = """
    INSERT INTO bare_ledger_transfer (id, key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on,
                                      period, recorded_at)
    VALUES (nextval('bare_ids'), %s, 'redeem', %s, %s, 1, 2, 1, '2026-01-01', '2026-01-01', '2026-01-01', now())
"""


def run() -> list[Figure]:
    """Measure one client, and whether eight together do more."""
    benefit = city.programme("redeem", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    city.providers([benefit], city.districts())
    issue_many(resident_ids=city.people(VOUCHERS), offer=Offer.of(benefit), day=city.START, stamp=city.stamp())
    city.bare_copy_of("ledger_transfer")
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE bare_ids CACHE 1")
    city.analyze()
    one, eight = _measure(1), _measure(8)
    listed = interleaved(lambda: _rate(_redeem_listed, 1), lambda: _rate(_insert, 1), rounds=ROUNDS)
    return [
        Figure(
            name="redemption, 1 client",
            ours=f"{one.ours:,.0f}/s",
            limit=f"bare INSERT {one.limit:,.0f}/s",
            ratio=one.ratio,
            wanted=0.25,
        ),
        Figure(
            name="redemption, 8 clients beside 1",
            ours=f"{eight.ours:,.0f}/s",
            limit=f"one client {one.ours:,.0f}/s (bare INSERT, 8 clients: {eight.limit:,.0f}/s)",
            ratio=eight.ours / one.ours,
            wanted=1.0,
        ),
        Figure(
            name=f"redemption, lists of {MOST_AT_ONCE:,}, 1 client",
            ours=f"{listed.ours:,.0f}/s",
            limit=f"bare INSERT {listed.limit:,.0f}/s",
            ratio=listed.ratio,
            wanted=4.0,
        ),
    ]


def _measure(clients: int) -> Medians:
    return interleaved(lambda: _rate(_redeem, clients), lambda: _rate(_insert, clients), rounds=ROUNDS)


def _rate(client: Callable[[int, float], int], clients: int) -> float:
    """Return how many calls a second that many clients make together, each a process with its own connection."""
    with multiprocessing.get_context("fork").Pool(clients, initializer=_own_connection) as pool:
        done = pool.starmap(client, [(number, SECONDS) for number in range(clients)])
    return sum(done) / SECONDS


def _own_connection() -> None:
    connection.connection = None
    connection.ensure_connection()


def _redeem(number: int, seconds: float) -> int:
    benefit = Programme.objects.get(code="redeem")
    vouchers = list(Voucher.objects.filter(programme=benefit).select_related("resident"))
    provider = Provider.objects.filter(accreditations__programme=benefit)[number]
    stamp = city.stamp()

    def once(turn: int) -> None:
        redeem(
            resident=vouchers[(turn * 8 + number) % VOUCHERS].resident,
            programme=benefit,
            provider=provider,
            fen=1,
            day=city.START,
            key=uuid.uuid4().hex,
            stamp=stamp,
        )

    return _until(seconds, once)


def _redeem_listed(number: int, seconds: float) -> int:
    """Send whole lists to the API's address, as a till does; count the redemptions."""
    vouchers = list(Voucher.objects.filter(programme__code="redeem").values_list("number", flat=True))
    clerk = User.objects.get_or_create(username="bench-clerk", defaults={"role": Role.PROVIDER_CLERK})[0]
    school = Provider.objects.filter(accreditations__programme__code="redeem")[number]
    ProviderClerk.objects.get_or_create(user=clerk, provider=school)
    client = caller(clerk)

    def once(turn: int) -> None:
        claims = [
            {"key": uuid.uuid4().hex, "voucher": voucher, "amount_fen": 1, "day": city.START.isoformat()}
            for voucher in vouchers[turn % 2 * MOST_AT_ONCE :][:MOST_AT_ONCE]
        ]
        answer = client.post(f"{V1}/redemptions/batch", {"redemptions": claims}, headers={"host": "localhost"})
        assert [result for result in answer.json()["results"] if result["refusal"]] == []

    return MOST_AT_ONCE * _until(seconds, once)


def _insert(number: int, seconds: float) -> int:
    parameters = {key: value for key, value in connection.get_connection_params().items() if key in PLACE}
    with psycopg.connect(**parameters, autocommit=True) as direct:

        def once(turn: int) -> None:
            key = uuid.uuid4().hex
            direct.execute(BARE, (key, turn, key), prepare=True)

        return _until(seconds, once)


PLACE = ("host", "port", "user", "password", "dbname")


def _until(seconds: float, once: Callable[[int], None]) -> int:
    """Warm up, then count calls until the time is over."""
    for turn in range(20):
        once(turn)
    end, turn = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        once(turn)
        turn += 1
    return turn
