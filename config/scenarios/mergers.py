"""Districts that become part of others in a story."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from accounts.stamps import Stamp
from config.scenarios.arguments import Arguments, EventLine, a_month, a_text
from config.scenarios.stage import Act, Stage
from ledger.services.periods import net_period
from vouchers.services.merging_districts import merge_districts

VERBS: dict[str, Arguments] = {
    "merge_district": ({"merge_district": a_text, "into": a_text}, {}),
    "net": ({"net": a_month}, {}),
}


def merge(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Merge two districts from the event's day on."""
    merge_districts(
        predecessor=event.values["merge_district"], successor=event.values["into"], day=event.day, stamp=stamp
    )


def net(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Net a closed month without paying it; ``settle`` pays it later."""
    net_period(month=event.values["net"], approved_by=stage.approver, stamp=stamp)


ACTS: Mapping[str, Act] = {"merge_district": merge, "net": net}
PARTS: dict[str, Callable[[Stage], Any]] = {}
