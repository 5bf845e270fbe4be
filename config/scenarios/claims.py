"""Claims of providers in stories: a month is sent, compared with what was redeemed, and paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import District, Role, User
from accounts.stamps import Stamp
from config.scenarios.arguments import (
    LONGEST_KEY,
    Arguments,
    EventLine,
    Names,
    a_district,
    a_month,
    a_programme,
    a_provider,
    an_amount,
)
from config.scenarios.document import Place
from config.scenarios.stage import Act, Stage
from ledger.break_reasons import CLAIM
from ledger.models import Break, Job, JobState, Payment
from ledger.services import jobs
from vouchers.claim_files import AMOUNT_HEADINGS, DAY_HEADINGS, KEY_HEADINGS, PROGRAMME_HEADINGS
from vouchers.models import Provider, ProviderClerk
from vouchers.services import claiming, paying_providers, reconciling
from vouchers.services.paying_providers import PAY

HEADING = ",".join(names[0] for names in (PROGRAMME_HEADINGS, DAY_HEADINGS, KEY_HEADINGS, AMOUNT_HEADINGS))


def lines(place: Place, names: Names) -> tuple[str, ...]:
    """Read the claims, each as a row of the file."""
    return tuple(_line(one, names) for one in place.items())


def _line(place: Place, names: Names) -> str:
    fields = place.fields(required=("programme", "day", "key", "fen"))
    programme, fen = a_programme(fields["programme"], names), an_amount(fields["fen"], names)
    return f"{programme},{fields['day'].day()},{fields['key'].text(most=LONGEST_KEY)},{fen // 100}.{fen % 100:02d}"


VERBS: dict[str, Arguments] = {
    "claim": ({"claim": a_provider, "of": a_month, "lines": lines}, {}),
    "reconcile": ({"reconcile": a_month}, {}),
    "pay_providers": ({"pay_providers": a_district, "of": a_month}, {}),
}


def claim(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Send a month as a file, in the name of the provider's clerk."""
    clerk = _clerk_of(stage.providers[event.values["claim"]])
    claiming.send_file(
        clerk=clerk,
        month=event.values["of"],
        file_name="claims.csv",
        content="\n".join([HEADING, *event.values["lines"]]).encode(),
        stamp=Stamp(by=clerk, booked_on=stamp.booked_on, as_of=stamp.as_of),
    )


def _clerk_of(provider: Provider) -> User:
    clerk, _made = User.objects.get_or_create(
        username=f"clerk-{provider.code}"[:150], defaults={"role": Role.PROVIDER_CLERK}
    )
    ProviderClerk.objects.get_or_create(user=clerk, defaults={"provider": provider})
    return clerk


def reconcile(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Compare a month, all steps."""
    _work(reconciling.ask_now(month=event.values["reconcile"], stamp=stamp), stamp)


def pay_providers(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Have two people order what the providers of a district are to be paid."""
    district = District.objects.get(pk=event.values["pay_providers"])
    job = paying_providers.propose(district=district, month=event.values["of"], stamp=stamp)
    approver = Stamp(by=stage.approver, booked_on=stamp.booked_on, as_of=stamp.as_of)
    _work(jobs.approve(job_id=job.pk, stamp=approver), stamp)


def _work(job: Job, stamp: Stamp) -> None:
    while jobs.run_step(job_id=job.pk, now=job.next_try_at, stamp=stamp):
        pass
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.reason


ACTS: Mapping[str, Act] = {"claim": claim, "reconcile": reconcile, PAY: pay_providers}


def _differences(stage: Stage) -> list[dict[str, Any]]:
    """Return the open differences of claims, by their keys."""
    rows = Break.objects.open().filter(kind=CLAIM).order_by("key")
    return [{"difference": one.key.removeprefix(f"{CLAIM}:"), "fen": one.fen} for one in rows]


def _provider_payments(stage: Stage) -> dict[str, int]:
    """Return what was ordered to be paid, by order, provider and programme, in fen."""
    rows = Payment.objects.filter(way=Payment.Way.TO_PROVIDER).select_related("batch").order_by("pk")
    return {f"{one.batch.key}/{one.party}/{one.programme}": one.fen for one in rows}


PARTS = {"differences": _differences, "provider_payments": _provider_payments}
