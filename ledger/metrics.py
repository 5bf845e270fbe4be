"""What is counted where it happens. What can be read from the database is no counter but a sign (ledger/signs.py)."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import Counter


class Outcome(StrEnum):
    """How a step of a job ended; ``taken``: another worker had it already."""

    DONE = "done"
    MORE = "more"
    REFUSED = "refused"
    FAILED = "failed"
    TAKEN = "taken"


STEPS = Counter("tonghui_job_steps", "Steps of jobs, by kind of job and how they ended.", ["kind", "outcome"])
