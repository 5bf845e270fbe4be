"""The table: whatever happens to real processes and servers at the worst moment, every kind of job ends exactly once.

``make test`` plays the first fault for every kind of job and every fault for one kind; ``make chaos`` all of it.
"""

from __future__ import annotations

import pytest

from ledger.models import JobState
from ledger.services import jobs
from tests.faults import settlement_works, works
from tests.faults.deadly import DEADLY
from tests.faults.deployment import Deployment
from tests.faults.faults import FAULTS, WORKER_KILLED, Fault
from tests.faults.works import Work, flaws_of_the_books, wait_until_all_is_done, written

pytestmark = pytest.mark.deployed

WORKS = [*works.WORKS, *settlement_works.WORKS]
IN_BRIEF = [*((WORKER_KILLED, work) for work in WORKS), *((fault, works.MOVING) for fault in FAULTS[1:])]
ALL = [(fault, work) for fault in FAULTS for work in WORKS]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize(("fault", "work"), ALL if metafunc.config.getoption("chaos") else IN_BRIEF, ids=str)


def test_every_kind_of_job_has_its_column_in_the_table() -> None:
    assert {work.kind for work in WORKS} == jobs.KINDS.keys() - {DEADLY}


def test_whatever_happens_the_job_is_done_exactly_once(deployment: Deployment, fault: Fault, work: Work) -> None:
    with deployment.worker.paused():
        ask = work.prepare()
        before = written()

    fault.moment(deployment, fault, work, ask)
    ends = wait_until_all_is_done()

    assert ends == {(JobState.DONE, "")}
    assert written() - before == work.outcome
    assert flaws_of_the_books() == []
