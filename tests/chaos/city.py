"""A city with people to serve and errands to run, which remembers what it was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from random import Random

from django.db import transaction
from django.db.models import Max, Q, QuerySet, Sum

from accounts.models import District, Resident, User
from accounts.stamps import Stamp
from ledger.models import Job, JobState, PeriodStep, Step, Transfer
from ledger.months import next_month, parse_month
from ledger.services import jobs, period_jobs, sealing
from ledger.services.periods import PayloadChanged
from ledger.states import CLOSE
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    clerk_of,
)
from tests.faults.works import flaws_of_the_books
from vouchers.models import CostRule, IssueBatch, Move, MoveBatch, Programme, Provider, Voucher
from vouchers.services import batches, move_batches
from vouchers.services.issuing import Offer

DISTRICTS, HOLDERS, MOVERS = 4, 6, 60
MOVERS_IN_A_FILE = 3

#: Asks for a job.
Errand = Callable[[], Job]


class City:
    """Everybody may write at once; ``promised`` and ``redeemed`` are what callers were told that it is done."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._numbers = count(1)
        self.today = Stamp.today(None).booked_on
        self.first_month = self.month = (self.today - timedelta(days=365)).replace(day=1)
        self.proposer: User = UserFactory(name="周明")
        self.approver: User = UserFactory(name="吴芳")
        self.districts: list[District] = [DistrictFactory() for _ in range(DISTRICTS)]
        self.health = self._programme("health", annual_fen=1_000_000)
        self.provider: Provider = ProviderFactory(district=self.districts[0], programmes=[self.health])
        self.clerk = clerk_of(self.provider)
        self.vouchers = [self._holder(district) for district in self.districts for _ in range(HOLDERS)]
        self._movers: Iterator[Resident] = iter([ResidentFactory(district=self.districts[0]) for _ in range(MOVERS)])
        self.promised: list[int] = []
        self.redeemed: list[str] = []

    def stamp(self, day: date | None = None) -> Stamp:
        return Stamp(by=self.proposer, booked_on=day or self.today, as_of=day or self.today)

    def run_an_errand(self) -> None:
        """Ask for some work, chosen at random, and remember it once it is promised."""
        errands: list[Errand] = [self.issue_a_batch, self.record_a_file, self.close_a_month, self.seal]
        [errand] = self._random.choices(errands, weights=[6, 2, 1, 1])
        self.promised.append(errand().pk)

    def issue_a_batch(self) -> Job:
        """A programme of its own for one district, so that everybody there has to hold one voucher of it."""
        programme = self._programme(f"programme-{next(self._numbers)}")
        district = self._random.choice(self.districts)
        batch = batches.prepare_for_district(offer=Offer.of(programme), district=district, stamp=self.stamp())
        return batches.confirm(batch_id=batch.pk, stamp=self.stamp())

    def record_a_file(self) -> Job:
        """Some who have not moved before go to the second district; anything else when nobody is left."""
        movers = [mover for mover, _ in zip(self._movers, range(MOVERS_IN_A_FILE), strict=False)]
        if not movers:
            return self.issue_a_batch()
        rows = [f"{mover.number},{self.districts[1].code},{self.today}" for mover in movers]
        content = "\n".join(["resident_number,to,first_day", *rows]).encode()
        batch = move_batches.prepare(file_name="movers.csv", content=content, stamp=self.stamp())
        return move_batches.confirm(batch_id=batch.pk, stamp=self.stamp())

    def close_a_month(self) -> Job:
        """The oldest open one, while people go on posting into the next; anything else while one is being closed."""
        self.close_again()
        closed = PeriodStep.objects.filter(step=Step.CLOSED).aggregate(last=Max("month"))["last"]
        month = self.first_month if closed is None else next_month(closed)
        if self._closings().exclude(state=JobState.DONE).exists() or next_month(month) > self.today:
            return self.issue_a_batch()
        self.month = next_month(month)
        return self._close(month)

    def close_again(self) -> None:
        """Do as the refusal says when somebody's redemption came after the figures were approved."""
        for job in self._closings().filter(state=JobState.PARKED, error_code=PayloadChanged.code):
            with transaction.atomic():
                jobs.withdraw(job_id=job.pk, stamp=self.stamp())
                again = self._close(parse_month(job.params["month"]))
            self.promised.append(again.pk)

    @transaction.atomic
    def _close(self, month: date) -> Job:
        proposal = period_jobs.propose_closing(month=month, stamp=self.stamp())
        return jobs.approve(job_id=proposal.pk, stamp=Stamp(by=self.approver, booked_on=self.today, as_of=self.today))

    def _closings(self) -> QuerySet[Job]:
        return Job.objects.filter(kind=CLOSE).exclude(state=JobState.WITHDRAWN)

    def seal(self) -> Job:
        return sealing.ask_by_hand(stamp=self.stamp())

    def flaws(self) -> list[str]:
        """Return what was lost, done twice or left half done."""
        return [*self._flaws_of_jobs(), *self._flaws_of_batches(), *self._flaws_of_redemptions(), *flaws_of_the_books()]

    def _flaws_of_jobs(self) -> Iterator[str]:
        states = dict(Job.objects.values_list("pk", "state"))
        for job_id in self.promised:
            if states.get(job_id) is None:
                yield f"job {job_id} was promised and is not there"
        proposed_again = Q(state=JobState.WITHDRAWN, error_code=PayloadChanged.code)
        for job in Job.objects.exclude(proposed_again).exclude(state=JobState.DONE):
            yield f"{job} is {job.state}: {job.error}"

    def _flaws_of_batches(self) -> Iterator[str]:
        issued = Counter(Voucher.objects.order_by().values_list("programme", flat=True))
        for batch in IssueBatch.objects.exclude(job=None):
            if issued[batch.programme_id] != batch.items.count():
                yield f"batch {batch.pk} issued {issued[batch.programme_id]} vouchers for {batch.items.count()} people"
        moved = Counter(Move.objects.order_by().values_list("resident", flat=True))
        for resident_id in MoveBatch.objects.exclude(job=None).values_list("items__resident", flat=True):
            if moved[resident_id] != 1:
                yield f"resident {resident_id} moved {moved[resident_id]} times"

    def _flaws_of_redemptions(self) -> Iterator[str]:
        keys = Transfer.objects.filter(event="redeem").values_list("key", flat=True)
        booked, told = (Counter(key.removeprefix("redeem:") for key in of) for of in (keys, self.redeemed))
        for key in sorted((told - booked) + (booked - told)):
            yield f"redemption {key} was told {told[key]} times and booked {booked[key]} times"
        spent = Voucher.objects.aggregate(fen=Sum("spent_fen"))["fen"]
        if spent != booked.total():
            yield f"{booked.total()} fen were redeemed and {spent} spent"

    def _programme(self, code: str, *, annual_fen: int = 72_000) -> Programme:
        return ProgrammeFactory(
            code=code,
            annual_fen=annual_fen,
            cost_rule=CostRule.BY_USE,
            valid_from=self.first_month,
            valid_until=self.today + timedelta(days=365),
        )

    def _holder(self, district: District) -> Voucher:
        resident = ResidentFactory(district=district)
        return VoucherFactory(resident=resident, programme=self.health, day=self.month)
