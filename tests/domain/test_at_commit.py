"""What the database refuses only when a transaction ends: a reference to something that is not there."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import Transfer
from tests.factories import VoucherFactory

UNKNOWN = 999_999_999


@pytest.mark.parametrize("unknown", [(UNKNOWN, None), (None, UNKNOWN)], ids=["debit", "credit"])
def test_a_transfer_is_between_accounts_that_exist(committed_db: str, unknown: tuple[int | None, int | None]) -> None:
    VoucherFactory()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transfer (key, event, act, debit_id, credit_id, fen, occurred_on, booked_on, period,"
            " recorded_at) SELECT 'by hand', 'cost_share', 'by hand', coalesce(%s, debit_id), coalesce(%s, credit_id),"
            " 1, booked_on, booked_on, period, recorded_at FROM ledger_transfer",
            unknown,
        )

    assert not Transfer.objects.filter(key="by hand").exists()
