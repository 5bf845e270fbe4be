"""One act that comes while another is written and not committed yet, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from django.db import connection, transaction

from tests.support.programs import wait_until

#: Read from the locks, since the list of sessions does not change for whoever looks within one transaction.
WAITING = """
    SELECT 1 FROM pg_locks
     WHERE NOT granted AND pid IN (SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database
                                    WHERE d.datname = current_database())
"""


def overtaken(*, first: Callable[[], object], second: Callable[[], object]) -> object:
    """Do ``first``, let ``second`` run into its locks, commit ``first``; return what ``second`` returned or raised.

    Needs ``committed_db``.
    """
    written = Event()

    def late() -> object:
        try:
            written.wait(timeout=60)
            return second()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as thread:
        result = thread.submit(late)
        with transaction.atomic():
            first()
            written.set()
            wait_until(_somebody_waits, what="the second act to wait for the first")
        return result.result()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone() is not None
