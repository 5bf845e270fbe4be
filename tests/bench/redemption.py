"""Redemptions a second through the service, every check included, against a bare INSERT of the same row."""

from __future__ import annotations

import multiprocessing
import uuid
from collections.abc import Callable
from functools import partial
from importlib import import_module

from django.db import connection

from accounts.models import Role, User
from tests.api.callers import V1, caller
from tests.bench import bare, city
from tests.bench.figures import Figure, calls_within, in_turn, interleaved
from tests.bench.hordak import Hordak
from vouchers.api.claims import MOST_AT_ONCE
from vouchers.models import CostRule, Programme, Provider, ProviderClerk, Voucher
from vouchers.services.issuing import Offer, issue_many
from vouchers.services.redeeming import redeem

VOUCHERS = 2_000
SECONDS = 3.0
ROUNDS = 5
CLIENTS = (1, 4, 8)


def run() -> list[Figure]:
    """Measure one client, several together, and whole lists, all in processes that begin as the web's."""
    import_module("config.wsgi")
    benefit = city.programme("redeem", cost_rule=CostRule.BY_USE, annual_fen=10**12)
    city.providers([benefit], city.districts())
    issue_many(resident_ids=city.people(VOUCHERS), offer=Offer.of(benefit), day=city.START, stamp=city.stamp())
    bare.prepare()
    city.analyze()
    one, many = _beside_hordak(), _with_more_clients()
    listed = interleaved(lambda: _rate(_redeem_listed, 1), lambda: _rate(bare.insert, 1), rounds=ROUNDS)
    return [
        *one,
        *many,
        Figure(
            name=f"redemption, lists of {MOST_AT_ONCE:,}, 1 client",
            ours=f"{listed.ours:,.0f}/s",
            limit=f"bare INSERT {listed.limit:,.0f}/s",
            ratio=listed.ratio,
            wanted=4.0,
        ),
    ]


def _beside_hordak() -> list[Figure]:
    """One client of ours, of a bare INSERT and of the textbook way of posting."""
    with Hordak(server=bare.server()) as hordak:
        measured = in_turn(
            lambda: _rate(_redeem, 1), lambda: _rate(bare.insert, 1), lambda: hordak.rate(SECONDS), rounds=ROUNDS
        )
    ours, limit, textbook = (f"{measured.median(work):,.0f}/s" for work in range(3))
    return [
        Figure(
            name="redemption, 1 client",
            ours=ours,
            limit=f"bare INSERT {limit}",
            ratio=measured.ratio(0, 1),
            wanted=0.30,
        ),
        Figure(
            name="redemption, 1 client",
            ours=ours,
            limit=f"hordak's transfer_to {textbook}",
            ratio=measured.ratio(0, 2),
            wanted=2.0,
        ),
    ]


def _with_more_clients() -> list[Figure]:
    """Whether more clients at once redeem more, down to the bare INSERT's own gain."""
    measured = in_turn(*(partial(_rate, _redeem, clients) for clients in CLIENTS), rounds=ROUNDS)
    return [
        Figure(
            name=f"redemption, {CLIENTS[at]} clients beside {CLIENTS[at - 1]}",
            ours=f"{measured.median(at):,.0f}/s",
            limit=f"{measured.median(at - 1):,.0f}/s",
            ratio=measured.ratio(at, at - 1),
            wanted=1.0,
        )
        for at in range(1, len(CLIENTS))
    ]


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

    return calls_within(seconds, once)


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

    return MOST_AT_ONCE * calls_within(seconds, once)
