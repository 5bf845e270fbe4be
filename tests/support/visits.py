"""A month of visits between four districts, small enough to add up by hand (netting-four-authorities.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accounts.models import District, User
from ledger.models import Job, Payment
from ledger.services import payments, period_jobs, periods, statements
from tests.factories import DistrictFactory, ProgrammeFactory, ProviderFactory, ResidentFactory, UserFactory, stamp
from vouchers.models import CostRule, Programme, Provider, Voucher
from vouchers.services.issuing import issue
from vouchers.services.redeeming import redeem

MONTH, NEXT = date(2026, 1, 1), date(2026, 2, 1)
#: The first day on which January can be netted though districts stay silent: the festival is not over before.
NETTING_DAY = date(2026, 2, 13)
CODES = ("310101", "310112", "310113", "310115")
#: Fen used by residents of the first district in the second.
VISITS = (
    ("310101", "310112", 12_000),
    ("310101", "310113", 8_000),
    ("310112", "310101", 6_000),
    ("310112", "310113", 10_000),
    ("310113", "310101", 9_000),
    ("310113", "310115", 5_000),
)
GROSS_FEN = 50_000
POSITIONS = {"310101": -5_000, "310112": -4_000, "310113": 4_000, "310115": 5_000}
TO_PAY_FEN = 9_000


@dataclass(frozen=True)
class City:
    """Two administrators who approve each other's proposals, and what they look after."""

    proposer: User
    approver: User
    programme: Programme
    districts: dict[str, District]
    providers: dict[str, Provider]
    vouchers: dict[str, Voucher]

    def propose_closing(self, month: date = MONTH) -> Job:
        return period_jobs.propose_closing(month=month, stamp=stamp(date(2026, 2, 2), by=self.proposer))

    def close(self, month: date = MONTH) -> None:
        """Close a month and issue its statements."""
        periods.close_period(month=month, approved_by=self.approver, stamp=stamp(NEXT, by=self.proposer))
        statements.issue_statements(month=month, stamp=stamp(NEXT, by=self.proposer))

    def confirm(self, month: date = MONTH) -> None:
        """Have every district confirm all its lines, so that the month can be netted at once."""
        for code in CODES:
            statements.confirm(month=month, authority=code, stamp=stamp(NEXT, by=self.approver))

    def net(self, month: date = MONTH) -> None:
        self.close(month)
        periods.net_period(month=month, approved_by=self.approver, stamp=stamp(NEXT, by=self.proposer))

    def pay(self) -> None:
        """Have the bank confirm every payment that is ordered."""
        for payment in Payment.objects.order_by("pk"):
            payments.arrived(
                payment=payment,
                fen=payment.fen,
                day=payment.batch.pays_on,
                source=f"bank:{payment.pk}",
                stamp=stamp(NEXT),
            )

    def settle(self, month: date = MONTH) -> None:
        self.net(month)
        periods.pay_period(month=month, approved_by=self.approver, stamp=stamp(NEXT, by=self.proposer))


def month_of_visits() -> City:
    """Issue one voucher in each district in January 2026 and use them elsewhere; nothing is closed yet."""
    programme = ProgrammeFactory.create(code="health", annual_fen=30_000, cost_rule=CostRule.BY_USE, sector="health")
    districts = {code: DistrictFactory.create(code=code) for code in CODES}
    providers = {
        code: ProviderFactory.create(code=f"clinic-{code}", kind="clinic", district=district, programmes=[programme])
        for code, district in districts.items()
    }
    vouchers = {
        code: issue(resident=ResidentFactory.create(district=district), programme=programme, stamp=stamp())
        for code, district in districts.items()
    }
    for number, (home, host, fen) in enumerate(VISITS):
        visit(vouchers[home], provider=providers[host], fen=fen, key=f"visit-{number}")
    proposer, approver = UserFactory.create(name="周明"), UserFactory.create(name="吴芳")
    return City(proposer, approver, programme, districts, providers, vouchers)


def visit(voucher: Voucher, *, provider: Provider, fen: int, key: str, day: date = date(2026, 1, 5)) -> None:
    redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=provider,
        fen=fen,
        day=day,
        key=key,
        stamp=stamp(day),
    )
