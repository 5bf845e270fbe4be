"""Back office: the books to look at. Nothing here can be changed, and the database would refuse it."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import LookOnly
from ledger.models import Job, LedgerAccount, ObligationRecord, PeriodStep, PositionRecord, Transfer


@admin.register(Transfer)
class Transfers(LookOnly):
    list_display = ("id", "key", "event", "debit", "credit", "fen", "occurred_on", "booked_on", "period")
    list_select_related = ("debit", "credit")
    list_filter = ("event", "period")
    search_fields = ("key", "act")
    show_full_result_count = False


@admin.register(LedgerAccount)
class LedgerAccounts(LookOnly):
    list_display = ("code", "authority", "kind", "programme", "party")
    list_select_related = ("authority",)
    list_filter = ("kind",)
    search_fields = ("code",)


@admin.register(Job)
class Jobs(LookOnly):
    list_display = ("key", "state", "done_count", "total_count", "attempts", "reason")
    list_filter = ("kind", "state")


admin.site.register([PeriodStep, ObligationRecord, PositionRecord], LookOnly)
