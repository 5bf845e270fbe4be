from ledger.models.jobs import Job, JobState
from ledger.models.periods import ObligationRecord, PeriodStep, PositionRecord, Step
from ledger.models.transfers import JournalLine, LedgerAccount, Transfer

__all__ = [
    "Job",
    "JobState",
    "JournalLine",
    "LedgerAccount",
    "ObligationRecord",
    "PeriodStep",
    "PositionRecord",
    "Step",
    "Transfer",
]
