"""A month whose payments are ordered: two authorities pay to the hub, two receive from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import HUB, Authority, User
from accounts.services.places import found_authority
from accounts.stamps import Stamp
from config.demo import bank
from ledger import kinds
from ledger.events import Event
from ledger.kinds import AccountName
from ledger.models import BankStatement, Job, PaymentBatch
from ledger.services import payments, periods
from ledger.services.banking.accounts import record_bank_account
from ledger.services.banking.matching import job_key
from ledger.services.banking.orders import write_order
from ledger.services.banking.statements import load_statement
from ledger.services.posting import Entry, post
from tests.factories import UserFactory, stamp
from tests.support.readers import run

MONTH, NEXT = date(2026, 1, 1), date(2026, 2, 1)
GRANT = Event("grant", True, "Grant")
#: What each debtor owes each creditor, in fen.
OWED = {("310101", "310113"): 4_000, ("310101", "310115"): 1_000, ("310112", "310115"): 4_000}
HUB_NUMBER = "6222000000"


@dataclass
class OrderedMonth:
    loader: User
    approver: User
    batch: PaymentBatch
    statements: int = 0
    balance_fen: int = 0

    def stamp(self, day: date | None = None) -> Stamp:
        return stamp(day or self.batch.pays_on, by=self.loader)

    def order(self) -> bytes:
        return write_order(batch=self.batch, stamp=self.stamp()).content

    def answers(self, faults: Mapping[str, bank.Fault] | None = None) -> list[bank.Booking]:
        """Return what the bank books on the hub's account; ``faults`` go by authority."""
        named = {end_to_end_id(code): fault for code, fault in (faults or {}).items()}
        return bank.answer(self.order(), account=HUB_NUMBER, faults=named)

    def statement(self, bookings: Iterable[bank.Booking], *, days_later: int = 0) -> bytes:
        """Return the bank's next statement of the hub's account."""
        self.statements += 1
        booked = list(bookings)
        content = bank.statement(
            booked,
            account=HUB_NUMBER,
            opening_fen=self.balance_fen,
            day=self.batch.pays_on + timedelta(days=days_later),
            name=f"S-{self.statements}",
        )
        self.balance_fen += sum(booking.signed_fen for booking in booked)
        return content

    def match(self, statement: BankStatement) -> Job:
        return run(Job.objects.get(key=job_key(statement)))

    def load(self, content: bytes) -> BankStatement:
        return load_statement(content=content, file_name="statement.xml", stamp=self.stamp())

    def tell(self, bookings: Iterable[bank.Booking], *, days_later: int = 0) -> BankStatement:
        """Load the bank's next statement and let a worker match it."""
        statement = self.load(self.statement(bookings, days_later=days_later))
        assert self.match(statement).state == "done"
        return statement


def end_to_end_id(code: str) -> str:
    return f"TH{MONTH:%Y%m}-{code}"


def order_the_month() -> OrderedMonth:
    """Net January 2026 and order its payments; everybody has an account at a bank."""
    codes = sorted({code for pair in OWED for code in pair})
    authorities = [found_authority(code=code, name_zh=f"{code}区", name_en=f"District {code}") for code in codes]
    loader, approver = UserFactory.create(), UserFactory.create()
    post(entries=[_grant(*pair, fen) for pair, fen in OWED.items()], stamp=stamp(MONTH, by=loader))
    for step in (periods.close_period, periods.net_period):
        step(month=MONTH, approved_by=approver, stamp=stamp(NEXT, by=loader))
    batch = payments.order_settlement(month=MONTH, stamp=stamp(NEXT, by=loader), approved_by=approver)
    record_account(Authority.objects.get(pk=HUB), HUB_NUMBER)
    for authority in authorities:
        record_account(authority, f"6217{authority.pk}")
    return OrderedMonth(loader, approver, batch)


def _grant(debtor: str, creditor: str, fen: int) -> Entry:
    key = f"grant:{debtor}-{creditor}"
    debit, credit = (AccountName(code, kinds.COST.code, "health") for code in (debtor, creditor))
    return Entry(key=key, event=GRANT, act=key, day=MONTH, debit=debit, credit=credit, fen=fen)


def record_account(authority: Authority, number: str, *, party: str = "") -> None:
    record_bank_account(
        authority=authority,
        party=party,
        holder=f"{authority.name_zh}财政局",
        number=number,
        bank_code="102290000001",
        bank_name="中国工商银行",
        valid_from=MONTH,
        stamp=stamp(),
    )
