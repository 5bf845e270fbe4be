"""Proofs for those who trust nobody: a transfer is in the tree, and one tree is the beginning of another."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refused
from ledger import merkle
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
    source = Transfer.objects.values_list(*seals.leaf_sources()).get(pk=transfer.pk)
    return Inclusion(
        leaf=seals.leaf_writer()(source).decode(),
        sequence=leaf.sequence,
        head=head,
        path=_path(merkle.inclusion_steps(leaf.sequence, head.size)),
    )


def consistency(*, older: TreeHead, newer: TreeHead) -> Consistency:
    return Consistency(older=older, newer=newer, path=_path(merkle.consistency_steps(older.size, newer.size)))


def _path(steps: list[range]) -> list[str]:
    return [root.hex() for root in seals.roots(steps)]
