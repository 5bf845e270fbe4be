"""Proofs for those who trust nobody: a transfer is in the tree, and one tree is the beginning of another."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from ledger.leaves import leaf_line
from ledger.models import SealedLeaf, Transfer, TreeHead
from ledger.selectors import seals


class NotSealedYet(Refused):
    code = "not_sealed_yet"
    sentence = _("%(key)s is not sealed yet. The next seal is made within a day.")


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """``leaf`` hashed is leaf ``sequence``; ``path`` leads from it up to the root that ``head`` signs."""

    leaf: str
    sequence: int
    head: TreeHead
    path: list[str]


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """``path`` shows that the tree of ``older`` is the beginning of that of ``newer``."""

    older: TreeHead
    newer: TreeHead
    path: list[str]


def inclusion(transfer: Transfer) -> Inclusion:
    """Prove that ``transfer`` is under the first head made after it was sealed. Raises NotSealedYet."""
    leaf = SealedLeaf.objects.filter(transfer=transfer).first()
    head = seals.first_head_over(leaf) if leaf else None
    if leaf is None or head is None:
        raise NotSealedYet(key=transfer.key)
    source = Transfer.objects.values_list(*seals.LEAF_SOURCES).get(pk=transfer.pk)
    return Inclusion(
        leaf=leaf_line(seals.leaf_reader()(source)).decode(),
        sequence=leaf.sequence,
        head=head,
        path=[step.hex() for step in seals.inclusion_proof(leaf=leaf, head=head)],
    )


def consistency(*, older: TreeHead, newer: TreeHead) -> Consistency:
    path = seals.consistency_proof(older=older, newer=newer)
    return Consistency(older=older, newer=newer, path=[step.hex() for step in path])
