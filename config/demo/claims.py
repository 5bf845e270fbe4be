"""The two providers whose clerks a visitor can become have sent their last month; it was compared today.

The health centre's agrees. The school wrote one amount wrongly, left one service out, and claims one nobody redeemed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from django.utils import timezone

from accounts.stamps import Stamp
from config.demo.acts import Act, Rank
from config.demo.founding import CLERKS, City
from config.demo.timeline import Timeline
from ledger.months import next_month
from ledger.services import jobs
from vouchers.claim_files import AMOUNT_HEADINGS, DAY_HEADINGS, KEY_HEADINGS, PROGRAMME_HEADINGS
from vouchers.models import Provider, ProviderKind
from vouchers.selectors import redemptions_of_month
from vouchers.services import claiming, reconciling
from vouchers.services.claims import key_given

#: The headings of a file, in Chinese.
HEADING = tuple(names[1] for names in (PROGRAMME_HEADINGS, DAY_HEADINGS, KEY_HEADINGS, AMOUNT_HEADINGS))
Row = tuple[str, date, str, int]


def deeds(city: City, *, timeline: Timeline) -> Iterator[Act]:
    """Return what is sent and compared today, about the last month."""
    month = timeline.past_months[-1]
    for code in CLERKS:
        yield Act(timeline.today, Rank.CASE, partial(send, city, city.providers[code], month))
    yield Act(timeline.today, Rank.INSURE, partial(compare, month))


def send(city: City, provider: Provider, month: date, stamp: Stamp) -> None:
    """Send what the provider redeemed; a school makes its three mistakes. In a very small city there may be nothing."""
    redeemed = redemptions_of_month(provider, month=month)
    rows = [(row.credit.programme, row.occurred_on, key_given(row.key), row.fen) for row in redeemed]
    if not rows:
        return
    if provider.kind == ProviderKind.SCHOOL:
        rows = _with_mistakes(rows)
    lines = [",".join(HEADING), *(f"{programme},{day},{key},{fen / 100:.2f}" for programme, day, key, fen in rows)]
    clerk = city.clerks[provider.code]
    claiming.send_file(
        clerk=clerk,
        month=month,
        file_name=f"{provider.code}-{month:%Y-%m}.csv",
        content="\n".join(lines).encode(),
        stamp=Stamp(by=clerk, booked_on=stamp.booked_on, as_of=stamp.as_of),
    )


def _with_mistakes(rows: list[Row]) -> list[Row]:
    programme, day, key, fen = rows[0]
    never_redeemed = (programme, next_month(day.replace(day=1)) - timedelta(days=1), "demo-never-redeemed", 12_000)
    return [(programme, day, key, fen + 100), *rows[1:-1], never_redeemed]


def compare(month: date, stamp: Stamp) -> None:
    job = reconciling.ask_now(month=month, stamp=stamp)
    while jobs.run_step(job_id=job.pk, now=timezone.now(), stamp=stamp):
        pass
