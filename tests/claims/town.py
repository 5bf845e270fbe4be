"""A school that takes vouchers, its month, and the file it sends about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from accounts.models import Resident, User
from ledger.models import Break, Job, ReconciliationRun
from ledger.services import jobs
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    VoucherFactory,
    clerk_of,
    stamp,
)
from vouchers.models import ClaimFile, Programme, Provider
from vouchers.services import claiming, reconciling
from vouchers.services.redeeming import redeem, reverse

MONTH, SENT = date(2026, 5, 1), date(2026, 6, 2)
HEADING = "programme,day,redemption,yuan,voucher_number"
NOW = timezone.now() + timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class School:
    provider: Provider
    clerk: User
    education: Programme
    health: Programme
    pupil: Resident

    def took(self, key: str, yuan: int = 120, *, day: date = date(2026, 5, 4), programme: str = "education") -> None:
        """Redeem at the school."""
        redeem(
            resident=self.pupil,
            programme=self.education if programme == "education" else self.health,
            provider=self.provider,
            fen=100 * yuan,
            day=day,
            key=key,
            stamp=stamp(day),
        )

    def gave_back(self, key: str, *, day: date = date(2026, 5, 20)) -> None:
        reverse(key=key, day=day, stamp=stamp(day))

    def sends(self, *rows: str, month: date = MONTH, day: date = SENT) -> ClaimFile:
        """Send a file of claims."""
        return claiming.send_file(
            clerk=self.clerk,
            month=month,
            file_name="may.csv",
            content=file_of(*rows),
            stamp=stamp(day, by=self.clerk),
        )


def a_school(*, code: str = "school-ja", district: str = "310106", suffix: str = "") -> School:
    home = DistrictFactory(code=district)
    education, health = (ProgrammeFactory(code=f"{name}{suffix}") for name in ("education", "health"))
    provider = ProviderFactory(code=code, district=home, programmes=[education, health])
    pupil = ResidentFactory(district=home)
    for programme in (education, health):
        VoucherFactory(resident=pupil, programme=programme)
    return School(provider=provider, clerk=clerk_of(provider), education=education, health=health, pupil=pupil)


def line(key: str, yuan: int = 120, *, day: str = "2026-05-04", programme: str = "education", voucher: str = "") -> str:
    return f"{programme},{day},{key},{yuan},{voucher}"


def file_of(*rows: str) -> bytes:
    return "\n".join([HEADING, *rows]).encode()


def reconciled(month: date = MONTH, *, day: date = SENT) -> ReconciliationRun:
    """Compare a month, all steps."""
    job = reconciling.ask_now(month=month, stamp=stamp(day))
    work(job, day=day)
    return ReconciliationRun.objects.get(job=job)


def work(job: Job, *, day: date = SENT) -> Job:
    while jobs.run_step(job_id=job.pk, now=NOW, stamp=stamp(day)):
        pass
    job.refresh_from_db()
    assert job.state == "done", (job.error, job.error_code)
    return job


def open_reasons() -> dict[str, int]:
    """Return the open differences: fen by reason and number of the redemption."""
    rows = Break.objects.open().values_list("key", "fen")
    return {":".join(key.split(":")[3:]): fen for key, fen in rows}
