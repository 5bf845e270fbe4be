"""Addresses of statements and of the disputes about them; months are named as in the addresses of the books."""

from __future__ import annotations

from django.urls import path

from ledger.views import disputes, statement_lines, statements

urlpatterns = [
    path("statements/", statements.all_statements, name="statements"),
    path("statements/<month:month>/<slug:code>/", statements.one_statement, name="statement"),
    path("statements/<month:month>/<slug:code>/line/", statement_lines.one_line, name="statement_line"),
    path("statements/<month:month>/<slug:code>/confirm/", statement_lines.confirm, name="statement_confirm"),
    path("statements/<month:month>/<slug:code>/object/", statement_lines.object_to, name="statement_object"),
    path(
        "statements/<month:month>/<slug:code>/<slug:language>.<slug:form>",
        statements.statement_file,
        name="statement_file",
    ),
    path("statements/<month:month>/<slug:code>/with/<slug:other>/", statements.one_statement, name="statement_pair"),
    path(
        "statements/<month:month>/<slug:code>/with/<slug:other>/<slug:language>.<slug:form>",
        statements.statement_file,
        name="statement_pair_file",
    ),
    path("disputes/", disputes.all_disputes, name="disputes"),
    path("disputes/<int:pk>/", disputes.one_dispute, name="dispute"),
    path("disputes/<int:pk>/<slug:code>/", disputes.act, name="dispute_act"),
]
