"""Sealing after the fact: transfers get their places in the tree in batches, then a signed head says so.

Each batch is a commit of its own. A process that dies between the leaves and the head leaves leaves without a head,
and whoever seals next puts one over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from itertools import chain

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from joserfc.jwk import ECKey

from accounts.bulk import insert_values
from accounts.locks import Lock, take
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger import merkle, selectors, signing
from ledger.leaves import ASCII_SQL, LINES_SQL, moment_text
from ledger.models import Job, SealedLeaf, SealedSubtree, SealReason, SigningKey, TreeHead
from ledger.months import month_text
from ledger.selectors import seals
from ledger.services import jobs

SEAL = "seal"
#: Leaves in one commit: their hashes are held in memory.
BATCH = 50_000
HASH_BYTES = sha256().digest_size
#: One batch where the rows are: PostgreSQL writes the lines, hashes them, stores the hashes and returns them in a row.
#: Ids are not committed in their order, so no last id says that those below are sealed: the leaves are asked. They are
#: asked for the whole batch first; row by row, the question would be put to the leaves that this statement adds.
#: OFFSET 0 keeps a line from being written anew wherever it is mentioned.
SEAL_SQL = f"""
    WITH placed AS (
        INSERT INTO ledger_sealedleaf (id, transfer_id, hash)
        SELECT %(sequence)s + place - 1, transfer_id, sha256('\\x00'::bytea || convert_to({ASCII_SQL}, 'UTF8'))
          FROM (SELECT place, transfer_id, line
                  FROM unnest(ARRAY(
                       SELECT t.id FROM ledger_transfer t
                        WHERE t.id > %(after)s AND NOT EXISTS (
                              SELECT 1 FROM ledger_sealedleaf l
                               WHERE l.transfer_id = t.id AND l.transfer_id > %(after)s)
                        ORDER BY t.id LIMIT %(batch)s)) WITH ORDINALITY AS waiting (id, place)
                  JOIN ({LINES_SQL}) AS lines ON lines.transfer_id = waiting.id
                OFFSET 0) AS written
        RETURNING id, transfer_id, hash)
    SELECT coalesce(max(transfer_id), %(after)s), coalesce(string_agg(hash, ''::bytea ORDER BY id), ''::bytea)
      FROM placed
"""


class NoSigningKey(Refused):
    code = "no_signing_key"
    sentence = _(
        "There is no usable signing key, so nothing was sealed. Postings go on. "
        "Set LEDGER_SIGNING_KEY, then try this job again."
    )


def ask_for_the_day(*, stamp: Stamp) -> Job:
    """Ask for the seal of a day. Asking twice makes one job."""
    day = f"{stamp.booked_on}"
    return _ask(SealReason.DAILY, key=day, stamp=stamp, day=day)


def ask_after_closing(*, month: date, stamp: Stamp) -> Job:
    """Ask for the seal over a month that was closed."""
    return _ask(SealReason.CLOSE, key=month_text(month), stamp=stamp, month=month_text(month))


def ask_by_hand(*, stamp: Stamp) -> Job:
    """Ask for a seal now. Whoever asks before the next head is there joins the same job."""
    last = seals.last_head()
    return _ask(SealReason.BY_HAND, key=f"{last.number + 1 if last else 1}", stamp=stamp)


def _ask(reason: SealReason, *, key: str, stamp: Stamp, **about: str) -> Job:
    params = {"reason": reason.value, **about}
    return jobs.ask(kind=SEAL, key=f"{SEAL}:{reason.value}:{key}", params=params, stamp=stamp)


@jobs.kind(SEAL, _("Seal the ledger"))
def seal_step(job: Job, step: jobs.Step) -> bool:
    """Give a batch its places; when none waits any more, put a head over them."""
    key = signing_key()
    if "after" not in job.params:
        # Before the first batch: whatever is in a month closed by now will be among the leaves.
        closed = selectors.closed_through()
        job.params = {**job.params, "after": 0, "closed_through": f"{closed}" if closed else None}
        job.total_count = seals.unsealed().count()
    last, count = seal_batch(after=job.params["after"])
    job.done_count += count
    if count == BATCH:
        job.params = {**job.params, "after": last}
        return False
    closed_text = job.params["closed_through"]
    closed = date.fromisoformat(closed_text) if closed_text else None
    job.result = {"head": put_head(reason=SealReason(job.params["reason"]), closed_through=closed, key=key).number}
    return True


def seal(*, reason: SealReason) -> TreeHead:
    """Seal everything that waits and return the head over it. Raises NoSigningKey."""
    key, closed = signing_key(), selectors.closed_through()
    after, count = seal_batch(after=0)
    while count == BATCH:
        after, count = seal_batch(after=after)
    return put_head(reason=reason, closed_through=closed, key=key)


@transaction.atomic
def seal_batch(*, after: int) -> tuple[int, int]:
    """Give the next unsealed transfers with an id above ``after`` their places; return the last id and how many."""
    take(Lock.SEALING)
    place = _place_by_sql if connection.vendor == "postgresql" else _place_by_hand
    sequence = seals.leaf_count()
    last, hashes = place(after=after, sequence=sequence)
    _store_subtrees(hashes, sequence=sequence)
    return last, len(hashes)


def _place_by_sql(*, after: int, sequence: int) -> tuple[int, list[bytes]]:
    with connection.cursor() as cursor:
        # Compiling the statement would take longer than running it.
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        cursor.execute(SEAL_SQL, {"after": after, "sequence": sequence, "batch": BATCH})
        last, row = cursor.fetchone()
    return last, [row[start : start + HASH_BYTES] for start in range(0, len(row), HASH_BYTES)]


def _place_by_hand(*, after: int, sequence: int) -> tuple[int, list[bytes]]:
    write = seals.leaf_writer()
    found = list(seals.unsealed(after=after).values_list("pk", *seals.leaf_sources())[:BATCH])
    hashes = [merkle.leaf_hash(write(row[1:])) for row in found]
    insert_values(
        SealedLeaf,
        columns=["sequence", "transfer_id", "hash"],
        rows=[(place, row[0], leaf) for place, (row, leaf) in enumerate(zip(found, hashes, strict=True), sequence)],
    )
    return (found[-1][0] if found else after), hashes


def _store_subtrees(hashes: Sequence[bytes], *, sequence: int) -> None:
    """Store the root of every subtree that is whole with these leaves, the first of which is ``sequence``."""
    tree = seals.whole_blocks()
    begun = seals.leaf_hashes(start=tree.size << seals.BLOCK_LEVEL, size=sequence)
    whole = (block for block in seals.blocks(chain(begun, hashes)) if len(block) == 1 << seals.BLOCK_LEVEL)
    found = [subtree for block in whole for subtree in seals.subtrees_of(tree, block)]
    insert_values(
        SealedSubtree,
        columns=["level", "place", "hash"],
        rows=[(subtree.level, subtree.place, root) for subtree, root in found],
    )


@transaction.atomic
def put_head(*, reason: SealReason, closed_through: date | None, key: ECKey) -> TreeHead:
    """Sign the tree of all leaves, chained to the head before it, and keep the public key."""
    take(Lock.SEALING)
    last, size, at = seals.last_head(), seals.leaf_count(), timezone.now()
    head = TreeHead(
        number=last.number + 1 if last else 1,
        size=size,
        root=seals.roots([range(size)])[0].hex(),
        previous=sha256(last.jws.encode()).hexdigest() if last else "",
        closed_through=_later(closed_through, last.closed_through if last else None),
        reason=reason,
        at=at,
        kid=signing.key_id(key),
    )
    head.jws = signing.sign(head_payload(head), key=key)
    SigningKey.objects.get_or_create(kid=head.kid, defaults={"jwk": signing.public_jwk(key)})
    head.save(force_insert=True)
    return head


def head_payload(head: TreeHead) -> dict[str, object]:
    """Return what the signature of a head is over."""
    return {
        "number": head.number,
        "size": head.size,
        "root": head.root,
        "previous": head.previous,
        "closed_through": f"{head.closed_through}" if head.closed_through else None,
        "reason": str(head.reason),
        "at": moment_text(head.at),
    }


def signing_key() -> ECKey:
    """Return the private key that signs from now on. Raises NoSigningKey."""
    try:
        return signing.private_key(settings.LEDGER_SIGNING_KEY)
    except ValueError as error:
        raise NoSigningKey() from error


def _later(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)
