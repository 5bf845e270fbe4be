"""The columns of the tables, in one order for all of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.events import EVENTS
from ledger.exports.extract import Row
from ledger.months import month_text


class Column(NamedTuple):
    """``label`` heads it for people; ``cell`` is what stands in it: text, a number, a day or nothing."""

    label: str | Promise
    cell: Callable[[Row], Any]


COLUMNS = (
    Column(_("Number"), lambda row: row.number),
    Column(_("Event"), lambda row: str(EVENTS[row.event].label) if row.event in EVENTS else row.event),
    Column(_("Happened on"), lambda row: row.occurred_on),
    Column(_("Booked on"), lambda row: row.booked_on),
    Column(_("Period"), lambda row: month_text(row.period)),
    Column(_("Debit account"), lambda row: row.debit),
    Column(_("Credit account"), lambda row: row.credit),
    Column(_("Amount in fen"), lambda row: row.fen),
    Column(_("Amount in yuan"), lambda row: Decimal(row.fen).scaleb(-2)),
    Column(_("Settles the period"), lambda row: month_text(row.settles) if row.settles else None),
    Column(_("Voucher number"), lambda row: row.voucher),
    Column(_("Subject number"), lambda row: row.subject),
    Column(_("Reverses number"), lambda row: row.reverses),
    Column(_("Act"), lambda row: row.act),
    Column(_("Key"), lambda row: row.key),
)
