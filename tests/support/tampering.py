"""What somebody with the database in their hands can do: SQL with every guard of a table out of the way."""

from __future__ import annotations

from typing import Any

from django.db import connection

from accounts.guards import declared

TABLES = (
    "ledger_transfer",
    "ledger_ledgeraccount",
    "ledger_sealedleaf",
    "ledger_sealedsubtree",
    "ledger_treehead",
    "ledger_signingkey",
    "ledger_obligationrecord",
    "ledger_positionrecord",
    "ledger_closedbalance",
    "ledger_dispute",
    "ledger_disputestep",
    "ledger_releasedtransfer",
    "vouchers_voucher",
)


def tamper(*statements: str, **parameters: Any) -> None:
    """Run SQL with the triggers of :data:`TABLES` disabled (on SQLite: gone), foreign keys among them."""
    with connection.cursor() as cursor:
        for statement in (*_guards_out_of_the_way(), *statements):
            cursor.execute(statement, parameters if "%(" in statement else None)


def switch_off_a_guard() -> None:
    """Let the rows of transfers be changed: on PostgreSQL by switching a trigger off, on SQLite by dropping one."""
    statement = {
        "postgresql": "ALTER TABLE ledger_transfer DISABLE TRIGGER ledger_transfer_is_append_only",
        "sqlite": "DROP TRIGGER ledger_transfer_is_append_only_update",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _guards_out_of_the_way() -> list[str]:
    if connection.vendor == "postgresql":
        return ["SET CONSTRAINTS ALL IMMEDIATE", *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TABLES)]
    drops = [statement for guard in declared() for statement in guard.drop.get("sqlite", ())]
    return ["PRAGMA defer_foreign_keys = ON", *(drop for drop in drops if "TRIGGER" in drop)]
