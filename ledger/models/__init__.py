from ledger.models.balances import ClosedBalance
from ledger.models.jobs import Job, JobState
from ledger.models.periods import ObligationRecord, PeriodStep, PositionRecord, Step
from ledger.models.seals import SealedLeaf, SealedSubtree, SealReason, SigningKey, TreeHead
from ledger.models.successions import Succession
from ledger.models.transfers import JournalLine, LedgerAccount, Transfer

__all__ = [
    "ClosedBalance",
    "Job",
    "JobState",
    "JournalLine",
    "LedgerAccount",
    "ObligationRecord",
    "PeriodStep",
    "PositionRecord",
    "SealReason",
    "SealedLeaf",
    "SealedSubtree",
    "SigningKey",
    "Step",
    "Succession",
    "Transfer",
    "TreeHead",
]
