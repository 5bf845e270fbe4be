"""Where each role goes: its home, and the links at the top of its pages.

Names of addresses, as data. A link whose address the site does not have is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from config.shell import address

HOME: dict[str, str] = {
    Role.RESIDENT: "wallet",
    Role.PROVIDER_CLERK: "counter",
    Role.CITY_ADMINISTRATOR: "desk",
    Role.DISTRICT_ADMINISTRATOR: "desk",
    Role.FINANCE_OFFICER: "statements",
    Role.AUDITOR: "periods",
}

ADMINISTRATOR_LINKS: tuple[tuple[str, Promise], ...] = (
    ("desk", _("My desk")),
    ("residents", _("Residents")),
    ("moves", _("Moves")),
    ("batches", _("Batches")),
    ("programmes", _("Programmes")),
    ("providers", _("Providers")),
    ("periods", _("Periods")),
    ("statements", _("Statements")),
    ("claims", _("Claims")),
    ("breaks", _("Differences")),
    ("jobs", _("Jobs")),
)

LINKS: dict[str, tuple[tuple[str, Promise], ...]] = {
    Role.RESIDENT: (
        ("wallet", _("My vouchers")),
        ("wallet_history", _("My history")),
    ),
    Role.PROVIDER_CLERK: (
        ("counter", _("Redeem")),
        ("counter_today", _("Today")),
        ("claims", _("Claims")),
    ),
    Role.CITY_ADMINISTRATOR: (
        *ADMINISTRATOR_LINKS,
        ("payment_batches", _("Payments")),
        ("insurance", _("Insurance")),
        ("operations", _("Operations")),
    ),
    Role.DISTRICT_ADMINISTRATOR: ADMINISTRATOR_LINKS,
    Role.FINANCE_OFFICER: (
        ("statements", _("Statements")),
        ("disputes", _("Disputes")),
        ("breaks", _("Differences")),
        ("claims", _("Claims")),
        ("periods", _("Periods")),
        ("prefunds", _("Prefunds")),
        ("transfers", _("Transfers")),
    ),
    Role.AUDITOR: (
        ("periods", _("Periods")),
        ("statements", _("Statements")),
        ("payment_batches", _("Payments")),
        ("prefunds", _("Prefunds")),
        ("books", _("Trial balances")),
        ("transfers", _("Transfers")),
        ("seals", _("Seals")),
        ("residents", _("Residents")),
        ("moves", _("Moves")),
        ("programmes", _("Programmes")),
        ("providers", _("Providers")),
        ("insurance", _("Insurance")),
        ("claims", _("Claims")),
        ("breaks", _("Differences")),
        ("jobs", _("Jobs")),
        ("operations", _("Operations")),
    ),
}


@dataclass(frozen=True)
class Link:
    """One link of the navigation, as the page at some path shows it."""

    url: str
    label: Promise
    is_this_page: bool
    is_current: bool


def links_for(role: str, path: str) -> list[Link]:
    """Return the links of a role; the one whose address begins ``path`` furthest is current."""
    found = [(url, label) for name, label in LINKS.get(role, ()) if (url := address(name))]
    nearest = max((url for url, _label in found if path.startswith(url)), key=len, default=None)
    return [Link(url, label, is_this_page=url == path, is_current=url == nearest) for url, label in found]
