"""One run: a city at work, faults in the order of the seed, and what is wrong when all has come to rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from random import Random
from threading import Event, Thread

from django.db import Error, connection

from ledger.models import Job, JobState
from tests.chaos.city import City
from tests.chaos.writers import Writers, by_service, by_web
from tests.faults.deployment import Deployment
from tests.faults.faults import FAULTS, Fault
from tests.support.programs import wait_until

#: A fault strikes when that many messages wait, or when none came for so long.
BUSY, LONGEST_LULL_SECONDS = 2, 2.0
ERRANDS_IN_A_BURST, MOST_OPEN = 3, 20
BETWEEN_BURSTS_SECONDS = 0.5


@dataclass
class Outcome:
    """What happened, and what is wrong; ``lost`` are the open jobs that no message speaks of."""

    jobs: int = 0
    redemptions: int = 0
    lost: int = 0
    flaws: list[str] = field(default_factory=list)


def run(deployment: Deployment, *, seed: int, seconds: float, rings_again: bool) -> Outcome:
    """Let the city work and faults strike for so many seconds; where nobody rings again, wait for what messages do."""
    deployment.begin_again()
    deployment.web.start()
    city, outcome = City(Random(seed)), Outcome()
    ways = [by_service(city), by_service(city), by_web(city, url=deployment.web.url)]
    with Writers(city, ways), Errands(city):
        strike(deployment, faults=order_of_faults(seed), until=time.monotonic() + seconds)
    if rings_again:
        wait_until(lambda: _brought_to_rest(deployment, city), what="every job to end", seconds=120)
        outcome.flaws = city.flaws()
    else:
        wait_until(lambda: deployment.redis.waiting() == 0 and _is_calm(), what="every message to be worked on")
        outcome.lost = _open_jobs() - deployment.redis.messages()
    outcome.jobs, outcome.redemptions = Job.objects.count(), len(city.redeemed)
    return outcome


def order_of_faults(seed: int) -> Iterator[Fault]:
    """Every fault of the table once, then again, each time in another order."""
    random = Random(seed)
    return chain.from_iterable(random.sample(FAULTS, len(FAULTS)) for _ in repeat(None))


def strike(deployment: Deployment, *, faults: Iterator[Fault], until: float) -> None:
    """Let one fault after the other strike when messages wait, last a little, and be undone."""
    for fault in faults:
        if time.monotonic() > until:
            return
        lull = time.monotonic() + LONGEST_LULL_SECONDS
        while deployment.redis.waiting() < BUSY and time.monotonic() < lull:
            time.sleep(0.01)
        print(f"  {time.strftime('%H:%M:%S')} {fault}", flush=True)
        fault.strike(deployment)
        deployment.wait(fault.lasts)
        fault.undo(deployment)
        keep_running(deployment)


def keep_running(deployment: Deployment) -> None:
    """Start what has ended, as docker-compose.yml would."""
    deployment.worker.start()
    deployment.beat.start()


class Errands:
    """A thread that asks for work in bursts while not too much is open; what it could not ask for it forgets."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._over = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(BETWEEN_BURSTS_SECONDS):
            try:
                self._run_a_burst()
            except Error:
                connection.close()
        connection.close()

    def _run_a_burst(self) -> None:
        if _open_jobs() < MOST_OPEN:
            for _ in range(ERRANDS_IN_A_BURST):
                self._city.run_an_errand()


def _brought_to_rest(deployment: Deployment, city: City) -> bool:
    """Return whether no job is open, once what was refused for its figures has been proposed again."""
    keep_running(deployment)
    city.close_again()
    return not _open_jobs()


def _open_jobs() -> int:
    return Job.objects.filter(state=JobState.OPEN).count()


def _is_calm() -> bool:
    """Return whether no job ends within the time in which beat rings several times."""
    before = _open_jobs()
    time.sleep(2)
    return _open_jobs() == before
