"""The throw-away servers do what the tests that use them rely on."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from accounts.models import AuditEvent, User
from accounts.services.places import found_authority
from config.celery import app
from ledger.models import Job, JobState
from ledger.services import jobs
from tests.factories import UserFactory, stamp
from tests.support.crowd import at_once
from tests.support.programs import wait_until
from tests.support.redis import RedisServer
from tests.support.site import LiveSite
from tests.support.worker import ROOT, CeleryWorker


@pytest.mark.parametrize("round_", ["first", "second"])
def test_each_committed_database_begins_empty_and_is_seen_by_other_processes(committed_db: str, round_: str) -> None:
    UserFactory.create(username="only-one")

    count = "from accounts.models import User; print(User.objects.count())"
    seen = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", count],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert seen.stdout.strip() == "1"


def test_committed_databases_keep_their_guards(committed_db: str) -> None:
    found_authority(code="310000", name_zh="市", name_en="City")
    jobs.ask(kind="apply_moves", key="guarded", params={"day": "2026-01-01"}, stamp=stamp())

    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.all()._raw_delete(connection.alias)

    assert AuditEvent.objects.exists()


def test_a_crowd_shares_one_database_and_reports_what_each_call_came_to(committed_db: str) -> None:
    def found() -> User:
        return User.objects.create(username="the-same")

    outcomes = at_once([found] * 8)

    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 7
    assert User.objects.count() == 1


def test_redis_forgets_when_flushed_and_is_away_when_stopped(redis_server: RedisServer) -> None:
    app.send_task("nobody.takes_this")
    with redis_server.client as client:
        waiting = client.llen("celery")
    redis_server.flush()
    with redis_server.client as client:
        left = client.llen("celery")
    redis_server.stop()

    assert (waiting, left, redis_server.answers()) == (1, 0, False)


def test_a_killed_worker_is_followed_by_one_that_does_the_work(celery_worker: CeleryWorker) -> None:
    celery_worker.kill()
    job = jobs.ask(kind="apply_moves", key="by-hand", params={"day": "2026-01-01"}, stamp=stamp())
    before = Job.objects.get(pk=job.pk).state

    celery_worker.start()
    wait_until(lambda: Job.objects.get(pk=job.pk).state != JobState.OPEN, what="the job to be done")

    assert (before, Job.objects.get(pk=job.pk).state) == (JobState.OPEN, JobState.DONE)


def test_the_live_site_shows_a_signed_in_browser_its_page(
    live_site: LiveSite, page: Page, context: BrowserContext
) -> None:
    live_site.sign_in(context, UserFactory.create(name="王小明"))

    page.goto(live_site.url + reverse("home"))

    assert "王小明" in page.content()
