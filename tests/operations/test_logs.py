"""Log lines: one run, one id; facts only, and never a person."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.models import Role
from config import runs
from config.celery import app
from config.logs import OneLineFormatter
from ledger.models import Job, JobState
from ledger.services import jobs
from tests.factories import ResidentFactory, UserFactory, administrator_of, stamp
from tests.support.programs import wait_until
from tests.support.readers import browser
from tests.support.worker import CeleryWorker

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RUN = "7d444840-9dc0-41d1-b245-5ffdce74fad2"
NAME, ID_NUMBER = "林小雨", "11010519491231002X"
#: Eighteen digits are hexadecimal too: the one form of id number that could pass for half a trace id.
DIGITS = "110105194912310021"


class Kept(logging.Handler):
    """Keeps every line as the service writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(OneLineFormatter())
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text]


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


# One run, one id


@pytest.mark.parametrize("given", [RUN, RUN.replace("-", "")])
def test_a_well_formed_id_of_a_proxy_is_taken_and_given_back(given: str, kept: Kept) -> None:
    answer = Client().get("/healthz/live", headers={"X-Request-ID": given})

    assert answer["X-Request-ID"] == given
    assert {line["run"] for line in kept.lines} == {given}


@pytest.mark.parametrize("given", [None, "", NAME, ID_NUMBER, DIGITS, f"{RUN}{DIGITS}", f"{RUN}\n{NAME}", "a" * 31])
def test_anything_else_is_replaced(given: str | None, kept: Kept) -> None:
    headers = {} if given is None else {"X-Request-ID": given}

    answer = Client().get("/healthz/live", headers=headers)

    assert UUID.fullmatch(answer["X-Request-ID"])
    assert {line["run"] for line in kept.lines} == {answer["X-Request-ID"]}


def test_two_requests_are_two_runs_and_between_them_there_is_none() -> None:
    first, second = (Client().get("/healthz/live")["X-Request-ID"] for _ in range(2))

    assert first != second
    assert runs.current() == ""


def test_a_task_goes_on_with_the_run_that_rang_for_it(committed_db: str, celery_worker: CeleryWorker) -> None:
    run = runs.begin()
    job = jobs.ask(kind="seal", key="seal:by_hand:1", params={"reason": "by_hand"}, stamp=stamp())
    runs.end()
    wait_until(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, what="the seal")
    wait_until(lambda: '"job step"' in celery_worker.log(), what="the line of its step")

    [step] = [json.loads(line) for line in celery_worker.log().splitlines() if '"job step"' in line]

    assert (step["run"], step["job_id"], step["job_kind"], step["step_state"]) == (run, job.pk, "seal", "done")


def test_a_task_that_nobody_rang_for_has_a_run_of_its_own_and_leaves_none_behind() -> None:
    seen = []

    @app.task(name="tests.operations.look")
    def look() -> None:
        seen.append(runs.current())

    look.apply()
    look.apply()

    assert all(UUID.fullmatch(run) for run in seen) and len(set(seen)) == 2
    assert runs.current() == ""


# Facts, and never a person


@pytest.mark.django_db
def test_a_request_is_told_by_its_route_and_not_by_its_address(kept: Kept) -> None:
    resident = ResidentFactory(name=NAME)
    client = browser(UserFactory(role=Role.CITY_ADMINISTRATOR))

    client.get(f"/residents/{resident.number}/")
    client.get("/residents/", {"q": ID_NUMBER})
    client.get(f"/nowhere/{ID_NUMBER}")

    told = [(line["route_code"], line["status_code"]) for line in kept.lines if line["logger"] == "config.requests"]
    assert told == [("resident", 200), ("residents", 200), ("none", 404)]


@pytest.mark.django_db
def test_nothing_that_was_typed_or_looked_at_gets_into_the_log(kept: Kept) -> None:
    resident = ResidentFactory(name=NAME, id_number=ID_NUMBER)
    client = browser(administrator_of(resident.residences.get().district))

    client.get(f"/residents/{resident.number}/")
    client.get("/residents/", {"q": NAME})
    client.post("/residents/register/", {"name": NAME, "id_number": ID_NUMBER})

    assert len(kept.text) >= 3
    assert [line for line in kept.text if NAME in line or ID_NUMBER in line] == []


def test_the_text_of_an_exception_stays_out_also_where_the_message_repeats_it(kept: Kept) -> None:
    log, error = logging.getLogger("tests"), ValueError(f"Key (name)=({NAME}) already exists.")

    log.error("Task %(name)s raised unexpected: %(exc)s", {"name": "daily", "exc": repr(error)}, exc_info=error)
    log.error("it said: %s", error, exc_info=error)

    assert NAME not in "".join(kept.text)
    assert [line["message"] for line in kept.lines] == [
        "Task daily raised unexpected: ValueError",
        "it said: ValueError",
    ]
    assert {line["exception"] for line in kept.lines} == {"ValueError"}


def test_a_fact_without_a_safe_name_is_left_out(kept: Kept) -> None:
    logging.getLogger("tests").warning(
        "written", extra={"resident_id": 7, "resident_name": NAME, "id_number": ID_NUMBER}
    )

    [line] = kept.lines
    assert line["resident_id"] == 7
    assert line.keys().isdisjoint({"resident_name", "id_number"})


def test_a_method_that_nobody_knows_is_not_repeated(kept: Kept) -> None:
    Client().generic("林小雨".encode().hex(), "/healthz/live")

    assert [line["method_code"] for line in kept.lines if line["logger"] == "config.requests"] == ["other"]
