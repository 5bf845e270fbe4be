"""``/healthz``: live, ready, degraded, and no more than that."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from accounts import guards
from config import probes
from ledger.models import Job, JobState, Part
from ledger.services import upkeep
from tests.support.databases import pointed_at
from tests.support.redis import RedisServer
from tests.support.site import LiveSite
from tests.support.tampering import switch_off_a_guard

READY = {"database": True, "migrations": True, "guards": True}


def asked(address: str) -> tuple[int, dict[str, Any]]:
    answer = Client().get(address)
    return answer.status_code, answer.json()


@pytest.fixture
def seen(db: None) -> None:
    """Beat and a worker were seen just now."""
    upkeep.seen(*Part, now=timezone.now())


def forget_a_migration() -> None:
    """Let the code be a version ahead of the database."""
    MigrationRecorder(connection).migration_qs.filter(app="ledger").latest("pk").delete()


def test_a_service_that_does_its_work_is_ready(seen: None) -> None:
    assert asked("/healthz") == (200, {"ok": True, "state": "ready", **READY, "alarms": []})
    assert asked("/healthz/ready") == (200, {"ok": True, "state": "ready", **READY})


def test_an_alarm_degrades_it_and_sends_nobody_away(seen: None) -> None:
    Job.objects.create(kind="seal", key="seal:1", state=JobState.PARKED)

    assert asked("/healthz") == (200, {"ok": True, "state": "degraded", **READY, "alarms": ["parked_jobs"]})
    assert asked("/healthz/ready")[0] == 200


def test_a_guard_that_is_missing_or_switched_off_makes_it_unready(seen: None) -> None:
    switch_off_a_guard()
    unready = {"ok": False, "state": "unready", **READY, "guards": False}

    assert asked("/healthz/ready") == (503, unready)
    assert asked("/healthz") == (503, {**unready, "alarms": []})


def test_a_migration_that_is_missing_makes_it_unready(seen: None) -> None:
    forget_a_migration()

    status, body = asked("/healthz/ready")

    assert (status, body["state"], body["migrations"]) == (503, "unready", False)


def test_a_database_that_does_not_answer_makes_it_unready_and_leaves_it_alive(committed_db: str) -> None:
    with pointed_at("/nowhere/at/all"):
        unready, alive = asked("/healthz"), asked("/healthz/live")

    assert unready == (503, {"ok": False, "state": "unready", **dict.fromkeys(READY, False), "alarms": []})
    assert alive == (200, {"state": "live"})


@pytest.mark.parametrize("address", ["/healthz", "/healthz/live", "/healthz/ready"])
def test_nobody_keeps_an_answer_or_sends_anything(address: str, seen: None) -> None:
    assert "no-cache" in Client().get(address)["Cache-Control"]
    assert Client().post(address).status_code == 405


def test_guards_that_stand_are_not_missed(db: None) -> None:
    assert guards.missing() == guards.differences() == []


def test_a_redis_that_is_away_is_an_alarm_and_back_again_none(redis_server: RedisServer, seen: None) -> None:
    answering = asked("/healthz")[1]["alarms"]
    redis_server.stop()
    status, away = asked("/healthz")
    redis_server.start()

    assert (answering, status, away["alarms"]) == ([], 200, ["broker"])
    assert asked("/healthz")[1]["alarms"] == []


def test_the_probe_of_a_web_container_passes_while_it_is_ready(
    live_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "PORT", int(live_site.url.rpartition(":")[2]))
    degraded = probes.web()
    forget_a_migration()

    assert (degraded, probes.web()) == (True, False)
