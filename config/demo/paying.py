"""The last of the settled months is paid as in life: by an order to the bank, and settled by what the bank says.

In its statement stands one more receipt that nobody ordered, so that there is something to find out.
"""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from accounts.models import HUB, Authority
from accounts.stamps import Stamp
from config.demo import bank
from config.demo.bank import Booking, Part
from config.demo.founding import City
from ledger import selectors
from ledger.models import Job, PaymentBatch
from ledger.selectors import banking
from ledger.services import jobs, payments, periods
from ledger.services.banking.accounts import record_bank_account
from ledger.services.banking.matching import job_key
from ledger.services.banking.orders import write_order
from ledger.services.banking.statements import load_statement

OPENING_FEN, UNKNOWN_FEN = 50_000_000, 128_050
#: No bank has this number.
BANK, BANK_NUMBER = "演示银行", "999290000001"


def order(city: City, month: date, stamp: Stamp) -> None:
    """Net a month and write the order for its payments; everybody has an account by then."""
    periods.net_period(month=month, approved_by=city.approver, stamp=stamp)
    payments.order_settlement(month=month, approved_by=city.approver, stamp=stamp)
    for authority in Authority.objects.filter(code__in=[HUB, *selectors.recorded_positions(month)]):
        record_bank_account(
            authority=authority,
            holder=f"{authority.name_zh}（演示）",
            number=f"DEMO-{authority.pk}",
            bank_code=BANK_NUMBER,
            bank_name=BANK,
            valid_from=month,
            stamp=stamp,
        )


def answer(month: date, stamp: Stamp) -> None:
    """Let the bank carry out the order, load its statement and match it."""
    batch = PaymentBatch.objects.get(month=month, kind=PaymentBatch.Kind.SETTLEMENT)
    account = banking.bank_accounts_on(batch.pays_on)[HUB, ""].number
    booked = bank.answer(write_order(batch=batch, stamp=stamp).content, account=account)
    content = bank.statement(
        [*booked, _unknown(batch.pays_on)],
        account=account,
        opening_fen=OPENING_FEN,
        day=batch.pays_on,
        name=f"{batch.pays_on:%Y%m%d}",
    )
    statement = load_statement(content=content, file_name=f"camt053-{batch.pays_on}.xml", stamp=stamp)
    job = Job.objects.get(key=job_key(statement))
    while jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=stamp):
        pass


def _unknown(day: date) -> Booking:
    part = Part("NOTPROVIDED", UNKNOWN_FEN, "某公司（演示）", "DEMO-999", "往来款")
    return Booking("UNKNOWN", UNKNOWN_FEN, credit=True, day=day, parts=(part,))
