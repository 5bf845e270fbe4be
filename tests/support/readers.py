"""People at the pages, without a browser, and the worker behind them."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.stamps import Stamp
from ledger.models import Job
from ledger.services import jobs


def browser(user: User | None = None) -> Client:
    """Return a client that reads English, signed in as ``user``."""
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user)
    return client


def file_of(client: Client, address: str) -> str:
    """Return the text of a file that is written while it is sent."""
    return b"".join(client.get(address).streaming_content).decode()  # type: ignore[attr-defined]


def queries_of(client: Client, address: str) -> int:
    """Return how many queries a page costs."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def run(job: Job) -> Job:
    """Let a worker do all steps of a job."""
    while jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=Stamp.today(None)):
        pass
    job.refresh_from_db()
    return job
