"""Figures for machines that watch: counted in many processes, or read from the database, for who has the token."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from ledger.models import Job, JobState, Part
from ledger.services import jobs, upkeep
from ledger.signs import SIGNS
from tests.factories import stamp
from tests.support.databases import pointed_at
from tests.support.programs import free_port, wait_until
from tests.support.readers import run
from tests.support.redis import RedisServer
from tests.support.worker import ROOT

TOKEN = "a-token-of-the-tests"
SEALED = "tonghui_job_steps_total seal done"
LIVE = "tonghui_requests_total GET healthz_live 200"


@pytest.fixture
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def figures(text: str) -> dict[str, float]:
    """Return the value of each sample by its name and the values of its labels, in the order of their names."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join([one.name, *(one.labels[name] for name in sorted(one.labels))]): one.value for one in samples}


def scraped() -> dict[str, float]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return figures(answer.content.decode())


# Who may look


def test_without_a_token_in_the_settings_there_is_no_such_address() -> None:
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "令牌"}]
)
def test_who_does_not_show_the_token_is_told_nothing(token: None, given: dict[str, str]) -> None:
    answer = Client().get("/metrics", headers=given)

    assert (answer.status_code, answer.content, answer["WWW-Authenticate"]) == (401, b"", "Bearer")


# What there is to see


@pytest.mark.django_db
def test_each_sign_that_has_a_figure_is_a_gauge(token: None) -> None:
    upkeep.seen(*Part, now=timezone.now())
    Job.objects.create(kind="seal", key="seal:1", state=JobState.PARKED)

    found = scraped()

    gauges = found.keys() & {f"tonghui_{sign.gauge}" for sign in SIGNS.values()}
    assert gauges == {
        "tonghui_queue_age_seconds",
        "tonghui_parked_jobs",
        "tonghui_beat_age_seconds",
        "tonghui_worker_age_seconds",
        "tonghui_failed_upkeep",
        "tonghui_books_differences",
        "tonghui_open_breaks",
    }
    assert (found["tonghui_ready"], found["tonghui_parked_jobs"]) == (1, 1)


def test_a_database_that_does_not_answer_is_told_and_breaks_nothing(committed_db: str, token: None) -> None:
    with pointed_at("/nowhere/at/all"):
        found = scraped()

    assert found["tonghui_ready"] == 0
    assert "tonghui_queue_age_seconds" not in found


@pytest.mark.django_db
def test_requests_are_counted_by_route_method_and_status(token: None) -> None:
    before = scraped().get(LIVE, 0)

    Client().get("/healthz/live")
    Client().get("/healthz/live")

    after = scraped()
    assert after[LIVE] - before == 2
    assert after["tonghui_request_seconds_count healthz_live"] >= 2


@pytest.mark.django_db
def test_steps_of_jobs_are_counted_by_kind_and_by_how_they_ended(token: None, settings: Settings) -> None:
    before = scraped()
    run(jobs.ask(kind="seal", key="one", params={"reason": "by_hand"}, stamp=stamp()))
    settings.LEDGER_SIGNING_KEY = ""
    run(jobs.ask(kind="seal", key="two", params={"reason": "by_hand"}, stamp=stamp()))

    after = scraped()

    counts = (SEALED, "tonghui_job_steps_total seal refused")
    assert [after[name] - before.get(name, 0) for name in counts] == [1, 1]


# Many processes


@contextmanager
def running(*command: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Let a Python program run during the block, with its children."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, "METRICS_TOKEN": TOKEN, **environment},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def fetched(url: str) -> str | None:
    """Return what an address answers; None while it does not."""
    try:
        with urlopen(Request(url, headers={"Authorization": f"Bearer {TOKEN}"}), timeout=5) as answer:
            return str(answer.read().decode())
    except (HTTPError, URLError, OSError):
        return None


@pytest.fixture
def gunicorn(committed_db: str, tmp_path: Path) -> Iterator[str]:
    """Two web processes, as deployed; the address of both."""
    address = f"127.0.0.1:{free_port()}"
    command = ["gunicorn", "config.wsgi", "--config=python:config.web_server", f"--bind={address}"]
    with running(*command, log=tmp_path / "web.log") as web:
        wait_until(lambda: fetched(f"http://{address}/healthz/live") is not None, what="gunicorn", process=web)
        yield f"http://{address}"


@pytest.mark.deployed
def test_whichever_web_process_answers_it_tells_what_all_of_them_counted(gunicorn: str) -> None:
    sent = 40
    before = figures(fetched(f"{gunicorn}/metrics") or "")[LIVE]

    for _ in range(sent):
        fetched(f"{gunicorn}/healthz/live")
    told = [figures(fetched(f"{gunicorn}/metrics") or "")[LIVE] - before for _ in range(10)]

    assert set(told) == {sent}


@pytest.fixture
def worker_metrics(committed_db: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[str]:
    """A worker with a child, as deployed; the address of what it counts."""
    port = str(free_port())
    command = ["celery", "--app=config.worker", "worker", "--concurrency=1", "--loglevel=INFO"]
    url = f"http://127.0.0.1:{port}/metrics"
    with running(*command, log=tmp_path / "worker.log", REDIS_URL=redis_server.url, METRICS_PORT=port) as worker:
        wait_until(lambda: fetched(url) is not None, what="the worker", process=worker)
        yield url


def test_a_worker_tells_the_steps_that_its_children_did(worker_metrics: str) -> None:
    job = jobs.ask(kind="seal", key="seal:by_hand:1", params={"reason": "by_hand"}, stamp=stamp())
    wait_until(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, what="the seal")

    wait_until(lambda: "tonghui_job_steps_total" in (fetched(worker_metrics) or ""), what="the count of its step")

    assert figures(fetched(worker_metrics) or "")[SEALED] == 1
