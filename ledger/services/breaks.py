"""Differences that were found: opened once each, looked at by somebody, corrected by two people, closed with a note."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import among_texts
from accounts.locks import Lock, take
from accounts.models import User
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import kinds
from ledger.break_reasons import CORRECTED, GONE_AT_NEXT_RUN, REASONS, Rule
from ledger.events import CORRECTION
from ledger.models import Break, BreakStep, Job, LedgerAccount, ReconciliationRun, Transfer
from ledger.payloads import payload_hash
from ledger.services import jobs
from ledger.services.posting import Entry, post

CORRECT = "correct_break"
#: A correction moves money between these. What vouchers and contribution accounts hold follows from their own rows, and
#: clearing from the netting: a row put in by hand would be a difference itself.
CORRECTABLE = {kind.code for kind in (kinds.COST, kinds.PAYABLE, kinds.CASH, kinds.UNIDENTIFIED, kinds.INTEREST)}

Step = BreakStep.Step


class BreakClosed(Refused):
    code = "break_closed"
    sentence = _("This difference is closed already. Nothing was changed.")


class CorrectionWaits(Refused):
    code = "correction_waits"
    sentence = _("A correction of this difference waits for approval. Approve or withdraw it first.")


class NotCorrectable(Refused):
    code = "not_correctable"
    sentence = _("%(account)s is no account that a correction may touch: only cost, payable, cash and the like.")


class SameAccount(Refused):
    code = "same_account"
    sentence = _("A correction needs two different accounts.")


class Found(NamedTuple):
    """A difference, not written down yet; the fields are those of :class:`~ledger.models.Break`."""

    kind: str
    reason: str
    key: str
    authority: str | None
    fen: int
    evidence: Mapping[str, Any]


class Correction(NamedTuple):
    """A row to be: accounts by their codes, ``fen`` > 0."""

    debit: str
    credit: str
    fen: int


def find(*, found: Sequence[Found], run: ReconciliationRun | None, stamp: Stamp) -> int:
    """Open what is not known yet and return how many that are.

    A difference that a rule closed because it was gone, and that is back, is opened again under a numbered key; one
    that a person closed stays closed.
    """
    assert all(one.reason in REASONS for one in found)
    fresh = _unknown({one.key: one for one in found})
    Break.objects.bulk_create(
        [
            Break(
                **{**one._asdict(), "authority": None, "authority_id": one.authority},
                run=run,
                opened_on=stamp.booked_on,
            )
            for one in fresh
        ],
        ignore_conflicts=True,
    )
    return len(fresh)


def count_new(found: Sequence[Found]) -> int:
    """Return how many of these ``find`` would open."""
    return len(_unknown({one.key: one for one in found}))


def _unknown(wanted: Mapping[str, Found]) -> Sequence[Found]:
    fresh: list[Found] = []
    turn = 1
    while wanted:
        known = set(Break.objects.filter(key__in=among_texts(wanted)).values_list("key", flat=True))
        gone = set(
            Break.objects.filter(key__in=among_texts(wanted), steps__rule=GONE_AT_NEXT_RUN.code).values_list(
                "key", flat=True
            )
        )
        fresh += [one for key, one in wanted.items() if key not in known]
        turn += 1
        again = [one for key, one in wanted.items() if key in gone]
        wanted = {key: one._replace(key=key) for one in again for key in [f"{base_key(one.key)} #{turn}"]}
    return fresh


def base_key(key: str) -> str:
    """Return what a difference is called without the number of its return."""
    return key.partition(" #")[0]


def close_gone(*, prefix: str, still: Collection[str], stamp: Stamp) -> int:
    """Close by rule the open differences whose keys begin with ``prefix`` and that are not found any more.

    One whose correction was proposed stays: somebody is at it. Returns how many were closed.
    """
    standing = set(still)
    rows = Break.objects.open().filter(key__startswith=prefix).exclude(steps__step=Step.PROPOSED)
    gone = [pk for pk, key in rows.values_list("pk", "key") if base_key(key) not in standing]
    BreakStep.objects.bulk_create([_closed_by(GONE_AT_NEXT_RUN, break_id=pk) for pk in gone], ignore_conflicts=True)
    return len(gone)


@transaction.atomic
def assign(*, break_id: int, owner: User, stamp: Stamp) -> BreakStep:
    """Say who looks at it. Raises BreakClosed."""
    found = _open(break_id)
    audit.record(stamp=stamp, verb="assign_break", subject=f"break:{found.pk}")
    return BreakStep.objects.create(found=found, step=Step.ASSIGNED, owner=owner, by=stamp.by)


@transaction.atomic
def propose_correction(*, break_id: int, correction: Correction, note: str, stamp: Stamp) -> Job:
    """Ask for a row that puts it right; another person has to approve it.

    Raises BreakClosed, CorrectionWaits, SameAccount or NotCorrectable.
    """
    found = _open(break_id)
    _check_not_waiting(found)
    _named(correction)
    job = jobs.ask(
        kind=CORRECT,
        key=correction_key(found.pk),
        params={"break": found.pk, **correction._asdict(), "payload": payload_of(correction)},
        total=1,
        needs_approval=True,
        stamp=stamp,
    )
    BreakStep.objects.create(
        found=found, step=Step.PROPOSED, by=stamp.by, note=note, correction={**correction._asdict(), "job": job.pk}
    )
    return job


@jobs.kind(CORRECT, _("Correct a difference"))
def correct(job: Job, step: jobs.Step) -> bool:
    """Book the correction in the open month and close the difference by the rule for that."""
    found = _open(job.params["break"])
    correction = Correction(*(job.params[name] for name in Correction._fields))
    debit, credit = _named(correction)
    entry = Entry(
        key=correction_key(found.pk),
        event=CORRECTION,
        act=f"break:{found.pk}",
        day=step.stamp.booked_on,
        debit=debit.name,
        credit=credit.name,
        fen=correction.fen,
    )
    post(entries=[entry], stamp=step.stamp)
    transfer = Transfer.objects.get(key=entry.key)
    BreakStep.objects.create(
        found=found, step=Step.CORRECTED, by=step.stamp.by, approved_by=step.approved_by, transfer=transfer
    )
    _closed_by(CORRECTED, break_id=found.pk).save()
    job.done_count = job.total_count
    return True


@transaction.atomic
def close(*, break_id: int, note: str, stamp: Stamp) -> BreakStep:
    """Close it with a note that says why nothing more is to be done. Raises BreakClosed or CorrectionWaits."""
    assert stamp.by is not None and note
    found = _open(break_id)
    _check_not_waiting(found)
    audit.record(stamp=stamp, verb="close_break", subject=f"break:{found.pk}")
    return BreakStep.objects.create(found=found, step=Step.CLOSED, by=stamp.by, note=note)


def payload_of(correction: Correction) -> str:
    """Return the hash of what the second person approves."""
    return payload_hash(correction._asdict())


def correction_key(break_id: int) -> str:
    """Return the key of the one job, and of the one row, that corrects a difference."""
    return f"correction:{break_id}"


def _open(break_id: int) -> Break:
    """Return an open difference and lock it: steps of one follow each other."""
    take(Lock.BREAK, of=break_id)
    found = Break.objects.get(pk=break_id)
    if found.steps.filter(step=Step.CLOSED).exists():
        raise BreakClosed()
    return found


def _check_not_waiting(found: Break) -> None:
    if correction_of(found) is not None:
        raise CorrectionWaits()


def correction_of(found: Break) -> Job | None:
    """Return the job that corrects a difference, if one was asked for and not withdrawn."""
    return Job.objects.filter(key=correction_key(found.pk)).first()


def _named(correction: Correction) -> tuple[LedgerAccount, LedgerAccount]:
    if correction.debit == correction.credit:
        raise SameAccount()
    accounts = LedgerAccount.objects.filter(kind__in=CORRECTABLE).in_bulk(
        [correction.debit, correction.credit], field_name="code"
    )
    for code in (correction.debit, correction.credit):
        if code not in accounts:
            raise NotCorrectable(account=code)
    return accounts[correction.debit], accounts[correction.credit]


def _closed_by(rule: Rule, *, break_id: int) -> BreakStep:
    return BreakStep(found_id=break_id, step=Step.CLOSED, rule=rule.code)
