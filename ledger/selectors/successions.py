"""Who stands in whose place."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.kinds import AccountName
from ledger.models import Succession


def successors() -> dict[str, str]:
    """Return who took over, for each authority whose book was taken over."""
    return dict(Succession.objects.values_list("predecessor", "successor"))


def line_of(code: str, successors: Mapping[str, str]) -> list[str]:
    """Return an authority and those that took its place one after another."""
    line = [code]
    while line[-1] in successors:
        line.append(successors[line[-1]])
    return line


def heirs() -> dict[str, str]:
    """Return who stands in its place by now, for each authority whose book was taken over."""
    known = successors()
    return {code: line_of(code, known)[-1] for code in known}


def present_name(name: AccountName, *, heirs: Mapping[str, str]) -> AccountName:
    """Return the account that stands in the place of ``name`` now: itself, or the same one of the successor."""
    return name._replace(authority=heirs.get(name.authority, name.authority))
