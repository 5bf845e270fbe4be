"""A fixed day, and throttles that remember nothing between tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine

if TYPE_CHECKING:
    from tests.api.callers import City


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    from django.core.cache import cache

    from tests.api.callers import NOON

    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def city(db: None) -> City:
    from tests.api.callers import a_city

    return a_city()
