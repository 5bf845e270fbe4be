from vouchers.models.batches import IssueBatch, IssueBatchItem, ItemOutcome, act_of
from vouchers.models.insurance import (
    AccountKind,
    Contribution,
    ContributionAccount,
    InsuranceCase,
    InsuranceCaseStep,
    InsurancePassage,
    InterestCredit,
    PooledShareDecision,
    Scheme,
)
from vouchers.models.move_batches import MoveBatch, MoveBatchItem, MoveBatchRefusal, MoveItemOutcome
from vouchers.models.moves import Move, MoveChannel, MoveStep, StepKind
from vouchers.models.programmes import CostRule, Funding, Programme, Sector, Visits
from vouchers.models.providers import Accreditation, Provider, ProviderClerk, ProviderKind
from vouchers.models.visits import VisitBill, Visitor, VisitorFiling, VisitorFilingEnd, VisitTerms
from vouchers.models.vouchers import BY_LIFE, EndReason, LiftedEnd, Voucher, VoucherEnd

__all__ = [
    "BY_LIFE",
    "AccountKind",
    "Accreditation",
    "Contribution",
    "ContributionAccount",
    "CostRule",
    "EndReason",
    "Funding",
    "InsuranceCase",
    "InsuranceCaseStep",
    "InsurancePassage",
    "InterestCredit",
    "IssueBatch",
    "IssueBatchItem",
    "ItemOutcome",
    "LiftedEnd",
    "Move",
    "MoveBatch",
    "MoveBatchItem",
    "MoveBatchRefusal",
    "MoveChannel",
    "MoveItemOutcome",
    "MoveStep",
    "PooledShareDecision",
    "Programme",
    "Provider",
    "ProviderClerk",
    "ProviderKind",
    "Scheme",
    "Sector",
    "StepKind",
    "VisitBill",
    "VisitTerms",
    "Visitor",
    "VisitorFiling",
    "VisitorFilingEnd",
    "Visits",
    "Voucher",
    "VoucherEnd",
    "act_of",
]
