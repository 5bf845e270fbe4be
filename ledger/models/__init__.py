from ledger.models.balances import ClosedBalance
from ledger.models.breaks import Break, BreakStep, ReconciliationRun
from ledger.models.jobs import Job, JobState
from ledger.models.operations import Heartbeat, Part, Upkeep, UpkeepKind
from ledger.models.payments import BankAccount, BankEntry, BankMatch, BankStatement, Payment, PaymentBatch
from ledger.models.periods import (
    CalendarDay,
    LateInterestRate,
    NetDebitCap,
    ObligationRecord,
    PeriodStep,
    PositionRecord,
    Reminder,
    Step,
)
from ledger.models.seals import SealedLeaf, SealedSubtree, SealReason, SigningKey, TreeHead
from ledger.models.statements import (
    Dispute,
    DisputeStep,
    HeldTransfer,
    ReleasedTransfer,
    StatementAnswer,
    StatementLine,
    Verdict,
)
from ledger.models.successions import Succession
from ledger.models.transfers import JournalLine, LedgerAccount, Transfer

__all__ = [
    "BankAccount",
    "BankEntry",
    "BankMatch",
    "BankStatement",
    "Break",
    "BreakStep",
    "CalendarDay",
    "ClosedBalance",
    "Dispute",
    "DisputeStep",
    "Heartbeat",
    "HeldTransfer",
    "Job",
    "JobState",
    "JournalLine",
    "LateInterestRate",
    "LedgerAccount",
    "NetDebitCap",
    "ObligationRecord",
    "Part",
    "Payment",
    "PaymentBatch",
    "PeriodStep",
    "PositionRecord",
    "ReconciliationRun",
    "ReleasedTransfer",
    "Reminder",
    "SealReason",
    "SealedLeaf",
    "SealedSubtree",
    "SigningKey",
    "StatementAnswer",
    "StatementLine",
    "Step",
    "Succession",
    "Transfer",
    "TreeHead",
    "Upkeep",
    "UpkeepKind",
    "Verdict",
]
