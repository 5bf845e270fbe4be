"""Two who send, compare or take up the same at once: one file, one comparison, one difference."""

from __future__ import annotations

from functools import partial

from ledger.models import Break, ReconciliationRun
from tests.claims.town import MONTH, SENT, a_school, line, work
from tests.factories import clerk_of, stamp
from tests.support.crowd import at_once
from vouchers.models import ClaimFile, ClaimLine
from vouchers.services import claiming, reconciling


def test_two_clerks_who_load_the_same_file_at_once_make_one(committed_db: str) -> None:
    school = a_school()
    clerks = [school.clerk, clerk_of(school.provider), clerk_of(school.provider)]
    content = b"programme,day,redemption,yuan\neducation,2026-05-04,a,120\n"
    stamps = [stamp(SENT, by=clerk) for clerk in clerks]

    outcomes = at_once(
        [
            partial(claiming.send_file, clerk=clerk, month=MONTH, file_name="may.csv", content=content, stamp=sent)
            for clerk, sent in zip(clerks, stamps, strict=True)
        ]
    )

    first = ClaimFile.objects.get()
    refused = [outcome for outcome in outcomes if isinstance(outcome, claiming.ClaimFileSentBefore)]
    assert [outcome for outcome in outcomes if isinstance(outcome, ClaimFile)] == [first]
    assert [refusal.details["file"] for refusal in refused] == [first.pk, first.pk]
    assert ClaimLine.objects.count() == 1


def test_two_who_compare_at_once_make_one_comparison(committed_db: str) -> None:
    school = a_school()
    school.sends(line("a"))
    author = stamp(SENT)

    outcomes = at_once([partial(reconciling.ask_now, month=MONTH, stamp=author)] * 4)

    [job] = set(outcomes)
    assert not isinstance(job, Exception)
    work(job)
    assert ReconciliationRun.objects.count() == 1
    assert Break.objects.count() == 1
