"""The sealed ledger that these tests look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ledger.models import TreeHead


@pytest.fixture
def sealed(db: None) -> list[TreeHead]:
    """A ledger under two heads: January closed and settled under the second; one more row waits for the third."""
    from tests.seals.story import seal_a_story

    return seal_a_story()


@pytest.fixture
def sealed_in_pairs(db: None, monkeypatch: pytest.MonkeyPatch) -> list[TreeHead]:
    """The same ledger, with blocks of two leaves: so small a tree has stored roots too."""
    from ledger.selectors import seals
    from tests.seals.story import seal_a_story

    monkeypatch.setattr(seals, "BLOCK_LEVEL", 1)
    return seal_a_story()
