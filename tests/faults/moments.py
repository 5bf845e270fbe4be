"""The moments of a job at which a fault strikes. Each asks for the job, lets the fault strike and undoes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rest_framework.authtoken.models import Token

from ledger.models import Job, JobState
from tests.factories import UserFactory
from tests.faults.works import Ask, Work, written
from tests.support.holding import Point, step_held
from tests.support.programs import wait_until

if TYPE_CHECKING:
    from tests.faults.deployment import Deployment
    from tests.faults.faults import Fault

Moment = Callable[["Deployment", "Fault", Work, Ask], None]


def while_asking(deployment: Deployment, fault: Fault, work: Work, ask: Ask) -> None:
    """The fault is there when the job is asked for."""
    fault.strike(deployment)
    ask()
    _undo(fault, deployment)


def while_waiting(deployment: Deployment, fault: Fault, work: Work, ask: Ask) -> None:
    """The job's message waits, and no worker has taken it."""
    deployment.worker.kill()
    ask()
    assert deployment.redis.messages() > 0
    fault.strike(deployment)
    deployment.worker.start()
    _undo(fault, deployment)


def after_the_web_committed(deployment: Deployment, fault: Fault, work: Work, ask: Ask) -> None:
    """The web server has committed that the job is to be tried again, and rings into a Redis that hangs."""
    deployment.worker.kill()
    deployment.web.start()
    job = ask()
    deployment.redis.swallow()
    Job.objects.filter(pk=job.pk).update(state=JobState.PARKED)
    deployment.redis.freeze()
    with closing(HTTPConnection(urlsplit(deployment.web.url).netloc)) as caller:
        caller.request("POST", f"/api/v1/jobs/{job.pk}/retry", headers=_of_an_administrator())
        wait_until(lambda: Job.objects.get(pk=job.pk).state == JobState.OPEN, what="the web server to commit")
        fault.strike(deployment)
    deployment.redis.thaw()
    deployment.worker.start()
    _undo(fault, deployment)


def when_all_is_written(deployment: Deployment, fault: Fault, work: Work, ask: Ask) -> None:
    """A step waits in its last statement: nobody sees what it wrote, neither before the fault nor after it."""
    with _step_unseen(deployment, work, ask, point=Point.LAST_STATEMENT) as shown:
        fault.strike(deployment)
        assert written() - shown == {}
    _undo(fault, deployment)


def in_mid_commit(deployment: Deployment, fault: Fault, work: Work, ask: Ask) -> None:
    """A step has sent its COMMIT, which waits for a deferred trigger."""
    with _step_unseen(deployment, work, ask, point=Point.COMMIT):
        fault.strike(deployment)
    _undo(fault, deployment)


def before_the_commit_is_answered(deployment: Deployment, fault: Fault, work: Work, ask: Ask) -> None:
    """A step's commit is on disk, and neither the step nor anybody else has been told."""
    with _step_unseen(deployment, work, ask, point=Point.ANSWER):
        fault.strike(deployment)
    _undo(fault, deployment)


@contextmanager
def _step_unseen(deployment: Deployment, work: Work, ask: Ask, *, point: Point) -> Iterator[Counter[str]]:
    """Hold the work's step once all its rows are written and none can be seen; yield what can be seen."""
    shown = written() + Counter(work.shown)
    with step_held(deployment.url, at=work.held_at, point=point) as hold:
        ask()
        hold.wait_for_the_step()
        assert (hold.uncommitted_rows(work.table), written() - shown) == (work.rows, {})
        yield shown


def _undo(fault: Fault, deployment: Deployment) -> None:
    deployment.wait(fault.lasts)
    fault.undo(deployment)


def _of_an_administrator() -> dict[str, str]:
    return {"Authorization": f"Token {Token.objects.create(user=UserFactory.create()).key}"}
