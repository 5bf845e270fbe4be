"""What docs/settlement.md says of the calendar is what the calendar does, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from ledger.calendar import CUT_OFF, MILESTONES

GUIDE = Path("docs/settlement.md")
ROW = re.compile(r"^\| ([^|]+) \| (\d+) \| ([^|]+) \|$", flags=re.MULTILINE)


@pytest.mark.parametrize(("part", "language"), [(0, "zh-hans"), (1, "en")])
def test_the_guide_names_every_milestone_with_its_working_days_and_who_acts(part: int, language: str) -> None:
    text = GUIDE.read_text().split("## The month's calendar")[part]

    with override(language):
        expected = [
            (str(one.label).lower(), one.working_days, str(one.actor).rstrip("。.").lower())
            for one in MILESTONES
            if one is not CUT_OFF
        ]
    assert [(name.lower(), int(days), actor.lower()) for name, days, actor in ROW.findall(text)] == expected
