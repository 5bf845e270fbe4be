from vouchers.models.batches import IssueBatch, IssueBatchItem, ItemOutcome, act_of
from vouchers.models.moves import Move, MoveChannel, MoveStep, StepKind
from vouchers.models.programmes import CostRule, Funding, Programme, Sector
from vouchers.models.providers import Accreditation, Provider, ProviderClerk, ProviderKind
from vouchers.models.vouchers import EndReason, Voucher, VoucherEnd

__all__ = [
    "Accreditation",
    "CostRule",
    "EndReason",
    "Funding",
    "IssueBatch",
    "IssueBatchItem",
    "ItemOutcome",
    "Move",
    "MoveChannel",
    "MoveStep",
    "Programme",
    "Provider",
    "ProviderClerk",
    "ProviderKind",
    "Sector",
    "StepKind",
    "Voucher",
    "VoucherEnd",
    "act_of",
]
