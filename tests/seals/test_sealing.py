"""Sealing: once, in batches, under a signed head, and never in the way of a posting."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.bulk import new_keys
from ledger import merkle, signing
from ledger.models import Job, JobState, SealedLeaf, SealReason, SigningKey, Transfer, TreeHead
from ledger.selectors import seals
from ledger.services import jobs, period_jobs, sealing
from ledger.tasks import seal_daily
from tests.factories import UserFactory, VoucherFactory, stamp
from tests.seals.story import FEBRUARY, JANUARY, spend

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def work_off(job: Job) -> Job:
    """Do the steps of a job until it wants none."""
    while jobs.run_step(job_id=job.pk, now=timezone.now() + timedelta(hours=1), stamp=stamp(FEBRUARY)):
        pass
    job.refresh_from_db()
    return job


def test_every_transfer_has_one_leaf_in_the_order_it_was_sealed(sealed: list[TreeHead]) -> None:
    sealing.seal(reason=SealReason.BY_HAND)

    leaves = list(SealedLeaf.objects.values_list("sequence", flat=True))
    assert leaves == list(range(Transfer.objects.count()))
    assert not seals.unsealed().exists()


def test_a_head_signs_the_root_of_all_leaves(sealed: list[TreeHead]) -> None:
    write = seals.leaf_writer()
    rows = Transfer.objects.filter(leaf__sequence__lt=sealed[1].size).order_by("leaf__sequence")
    hashes = [merkle.leaf_hash(write(row)) for row in rows.values_list(*seals.leaf_sources())]

    payload = signing.signed_payload(sealed[1].jws, jwk=SigningKey.objects.get(kid=sealed[1].kid).jwk)

    assert payload["root"] == merkle.root_of(hashes).hex()
    assert payload == sealing.head_payload(TreeHead.objects.get(number=2))


def test_a_head_is_chained_to_the_one_before(sealed: list[TreeHead]) -> None:
    assert [sealed[0].number, sealed[1].number] == [1, 2]
    assert sealed[0].previous == ""
    assert sealed[1].previous == sha256(sealed[0].jws.encode()).hexdigest()


def test_a_head_says_which_months_it_is_complete_for(sealed: list[TreeHead]) -> None:
    assert [head.closed_through for head in sealed] == [None, JANUARY]


def test_a_leaf_names_accounts_and_reversals_without_ids(sealed: list[TreeHead]) -> None:
    row = Transfer.objects.get(event="reverse")
    source = Transfer.objects.values_list(*seals.leaf_sources()).get(pk=row.pk)

    line = seals.leaf_writer()(source).decode()

    assert f'"reverses":"redeem:r2","debit":"{row.debit.code}","credit":"{row.credit.code}","fen":100,' in line
    assert line.endswith('Z"}') and line.isascii()


@pytest.mark.parametrize("limit", ["BATCH", "REACH"])
def test_sealing_works_in_batches_and_each_is_kept(
    sealed: list[TreeHead], monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(sealing, limit, 1)
    spend(VoucherFactory(), key="r4")
    waiting = seals.unsealed().count()

    job = work_off(sealing.ask_by_hand(stamp=stamp()))

    assert (job.state, job.done_count, job.total_count) == (JobState.DONE, waiting, waiting)
    assert job.result == {"head": 3} and waiting == 3


def test_what_dies_between_leaves_and_head_is_completed_by_the_next_run(sealed: list[TreeHead]) -> None:
    sealing.seal_batch()
    in_between = (seals.leaf_count() - sealed[1].size, TreeHead.objects.count())

    head = sealing.seal(reason=SealReason.DAILY)

    assert in_between == (1, 2)
    assert head.size == Transfer.objects.count()
    assert head.root == merkle.root_of(list(seals.leaf_hashes(size=head.size))).hex()


@pytest.mark.deployed
def test_a_row_committed_after_those_with_later_ids_were_sealed_is_sealed_next(sealed: list[TreeHead]) -> None:
    [reserved] = new_keys(Transfer, 1)
    spend(VoucherFactory(), key="r4")
    size = sealing.seal(reason=SealReason.DAILY).size
    late = Transfer.objects.get(key="redeem:r4")
    late.pk, late.key = reserved, "redeem:late"
    late.save(force_insert=True)

    head = sealing.seal(reason=SealReason.DAILY)

    assert (late.leaf.sequence, head.size) == (size, size + 1)


@pytest.mark.parametrize("key", ["", "no key at all", '{"kty":"EC"}'])
def test_without_a_usable_key_sealing_waits_and_posting_goes_on(
    sealed: list[TreeHead], settings: Settings, key: str
) -> None:
    settings.LEDGER_SIGNING_KEY = key
    before = seals.leaf_count()

    job = work_off(sealing.ask_for_the_day(stamp=stamp(FEBRUARY)))
    spend(VoucherFactory(), key="meanwhile")

    assert (job.state, job.error_code) == (JobState.PARKED, "no_signing_key")
    assert seals.leaf_count() == before and Transfer.objects.filter(key="redeem:meanwhile").exists()


def test_a_job_that_waited_for_its_key_seals_when_tried_again(sealed: list[TreeHead], settings: Settings) -> None:
    key, settings.LEDGER_SIGNING_KEY = settings.LEDGER_SIGNING_KEY, ""
    job = work_off(sealing.ask_for_the_day(stamp=stamp(FEBRUARY)))
    settings.LEDGER_SIGNING_KEY = key

    jobs.retry(job_id=job.pk, stamp=stamp(), now=timezone.now())

    assert work_off(job).state == JobState.DONE


def test_a_new_key_takes_over_and_the_old_one_still_proves(sealed: list[TreeHead], settings: Settings) -> None:
    settings.LEDGER_SIGNING_KEY = signing.new_private_key()

    head = sealing.seal(reason=SealReason.DAILY)

    keys = dict(SigningKey.objects.values_list("kid", "jwk"))
    assert head.kid != sealed[1].kid and len(keys) == 2
    assert all(signing.signed_payload(h.jws, jwk=keys[h.kid])["root"] == h.root for h in [*sealed, head])
    assert all("d" not in jwk for jwk in keys.values())


def test_a_day_is_sealed_once_however_often_beat_asks(db: None) -> None:
    seal_daily()
    seal_daily()

    assert Job.objects.filter(kind=sealing.SEAL).count() == 1


def test_closing_a_month_asks_for_a_seal(db: None) -> None:
    VoucherFactory()
    closing = period_jobs.propose_closing(month=JANUARY, stamp=stamp(FEBRUARY))
    jobs.approve(job_id=closing.pk, stamp=stamp(FEBRUARY, by=UserFactory()))
    work_off(closing)

    job = work_off(Job.objects.get(kind=sealing.SEAL))

    assert job.params["reason"] == SealReason.CLOSE and job.state == JobState.DONE
    assert TreeHead.objects.get().closed_through == date(2026, 1, 1)


@pytest.mark.parametrize("table", ["ledger_sealedleaf", "ledger_sealedsubtree", "ledger_treehead", "ledger_signingkey"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET id = id"])
def test_seals_only_grow(sealed_in_pairs: list[TreeHead], table: str, verb: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_what_has_its_place_is_not_given_another(sealed: list[TreeHead]) -> None:
    sealing.seal_batch()

    again = sealing.seal_batch()

    last = Transfer.objects.latest("pk").pk
    assert again == sealing.Batch(last=last, sealed=0, more=False)
