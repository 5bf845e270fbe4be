"""Addresses of the books."""

from __future__ import annotations

from datetime import date

from django.urls import include, path, register_converter

from ledger.months import month_text, parse_month
from ledger.views import (
    bank_statements,
    banking,
    books,
    breaks,
    calendars,
    exports,
    jobs,
    operations,
    parameters,
    periods,
    prefunds,
    reconciling,
    seals,
    transfers,
)


class MonthConverter:
    """A month in an address: 2026-10."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return parse_month(value)

    def to_url(self, value: date) -> str:
        return month_text(value)


register_converter(MonthConverter, "month")

urlpatterns = [
    path("periods/", periods.all_periods, name="periods"),
    path("periods/calendar-<int:year>.csv", calendars.year_csv, name="calendar_csv"),
    path("periods/<month:month>/", periods.period, name="period"),
    path("periods/<month:month>/close/", periods.close, name="period_close"),
    path("periods/<month:month>/settle/", periods.settle, name="period_settle"),
    path("periods/<month:month>/obligations.csv", periods.obligations_csv, name="obligations_csv"),
    path("periods/<month:month>/ledger.<slug:code>", exports.export, name="period_export"),
    path("periods/<month:month>/<slug:debtor>/<slug:creditor>/", periods.obligation, name="obligation"),
    path("", include("ledger.statement_urls")),
    path("prefunds/", prefunds.all_prefunds, name="prefunds"),
    path("prefunds/prefunds.csv", prefunds.prefunds_csv, name="prefunds_csv"),
    path("prefunds/<int:year>/true-up/", prefunds.true_up, name="prefunds_true_up"),
    path("limits/", parameters.all_caps, name="caps"),
    path("limits/set/", parameters.set_cap, name="cap_set"),
    path("late-interest/", parameters.all_rates, name="late_interest_rates"),
    path("late-interest/set/", parameters.set_rate, name="late_interest_rate_set"),
    path("transfers/", transfers.all_transfers, name="transfers"),
    path("transfers/transfers.csv", transfers.transfers_csv, name="transfers_csv"),
    path("transfers/<int:pk>/", transfers.transfer, name="transfer"),
    path("books/", books.all_books, name="books"),
    path("books/ledger.<slug:code>", exports.export, name="ledger_export"),
    path("books/<slug:code>/", books.trial_balance, name="trial_balance"),
    path("books/<slug:code>/trial-balance.csv", books.trial_balance_csv, name="trial_balance_csv"),
    path("seals/", seals.all_seals, name="seals"),
    path("seals/seal/", seals.seal_now, name="seal_now"),
    path("seals/heads.jsonl", seals.heads_file, name="seals_heads"),
    path("seals/keys.json", seals.keys_file, name="seals_keys"),
    path("differences/", breaks.all_breaks, name="breaks"),
    path("differences/differences.csv", breaks.breaks_csv, name="breaks_csv"),
    path("differences/<int:pk>/", breaks.one_break, name="break"),
    path("differences/<int:pk>/assign/", breaks.assign, name="break_assign"),
    path("differences/<int:pk>/propose/", breaks.propose, name="break_propose"),
    path("differences/<int:pk>/close/", breaks.close, name="break_close"),
    path("reconciliations/", reconciling.all_runs, name="runs"),
    path("reconciliations/<int:pk>/", reconciling.one_run, name="run"),
    path("payments/", banking.all_batches, name="payment_batches"),
    path("payments/<int:pk>/", banking.one_batch, name="payment_batch"),
    path("payments/<int:pk>/order/", banking.order_file, name="payment_order_file"),
    path("bank/accounts/", banking.all_accounts, name="bank_accounts"),
    path("bank/accounts/new/", banking.new_account, name="bank_account_new"),
    path("bank/statements/", bank_statements.all_statements, name="bank_statements"),
    path("bank/statements/load/", bank_statements.load, name="bank_statement_load"),
    path("bank/statements/<int:pk>/", bank_statements.one_statement, name="bank_statement"),
    path("bank/statements/<int:pk>/<int:line>/", bank_statements.identify, name="bank_entry_identify"),
    path("operations/", operations.operations, name="operations"),
    path("jobs/", jobs.all_jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/state/", jobs.state, name="job_state"),
    path("jobs/<int:pk>/approve/", jobs.approve, name="job_approve"),
    path("jobs/<int:pk>/withdraw/", jobs.withdraw, name="job_withdraw"),
    path("jobs/<int:pk>/retry/", jobs.retry, name="job_retry"),
]
