"""A step kept from ending, on PostgreSQL: everything is written and nobody else sees any of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum

import psycopg

from tests.support.programs import wait_until

#: Any number that no lock of the service has.
LOCK = 777_001


class Point(Enum):
    """Where the step stands still. The last statement of every step stores the job's new progress."""

    LAST_STATEMENT = "CREATE OR REPLACE TRIGGER wait_for_the_test BEFORE UPDATE ON ledger_job FOR EACH ROW"
    #: COMMIT was sent, and nothing is committed yet.
    COMMIT = (
        "CREATE CONSTRAINT TRIGGER wait_for_the_test AFTER UPDATE ON ledger_job DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW"
    )
    #: The commit is written, and whoever sent it has not been told. Needs ``synchronous_standby_names = nobody`` and
    #: ``synchronous_commit = local``: the step alone then waits for a replica, which never comes.
    ANSWER = "CREATE OR REPLACE TRIGGER wait_for_the_test AFTER UPDATE ON ledger_job FOR EACH ROW"


WAIT_FOR_THE_TEST = f"""
    CREATE EXTENSION IF NOT EXISTS pageinspect;
    CREATE OR REPLACE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_ARGV[0] = 'ANSWER' THEN
            PERFORM set_config('synchronous_commit', 'on', true);
        ELSE
            PERFORM pg_advisory_xact_lock({LOCK});
        END IF;
        RETURN NEW;
    END $$;
    {{point}} WHEN (OLD.done_count < NEW.done_count AND NEW.done_count = {{at}})
    EXECUTE FUNCTION wait_for_the_test({{name}});
"""
WAITING = f"""
    SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
     WHERE locktype = 'advisory' AND objid = {LOCK} AND NOT granted AND datname = current_database()
     UNION
    SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()
"""
#: Read from the table's pages themselves, since no query sees a row before its commit.
UNCOMMITTED = """
    SELECT count(*)
      FROM CAST(current_setting('block_size') AS int) AS size,
           generate_series(0, pg_relation_size(%(table)s::text::regclass) / size - 1) AS page,
           heap_page_items(get_raw_page(%(table)s::text, page)) AS item
     WHERE pg_xact_status(item.t_xmin::text::xid8) = 'in progress'
"""


class Hold:
    """Holds the step; every question is asked on a connection of its own."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._held: list[int] = []

    def wait_for_the_step(self) -> None:
        """Wait until a worker is in the last statement of the step."""
        wait_until(lambda: self._waiting() != [], what="a step to be held")
        self._held = self._waiting()

    def uncommitted_rows(self, table: str) -> int:
        """Return how many rows of ``table`` are written by transactions that still run, so that nobody sees them."""
        row = self._connection.execute(UNCOMMITTED, {"table": table}).fetchone()
        assert row is not None
        return int(row[0])

    def cut_connection(self) -> None:
        """Let the database drop the connection of the held step."""
        self._connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid", [self._held])

    def release(self) -> None:
        """Let the step go on, and wait until its transaction has ended, one way or the other."""
        self._connection.execute("SELECT pg_advisory_unlock_all()")
        wait_until(lambda: not self._still_running(), what="the held transaction to end")

    def _waiting(self) -> list[int]:
        return [pid for (pid,) in self._connection.execute(WAITING)]

    def _still_running(self) -> bool:
        running = "SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s) AND backend_xid IS NOT NULL"
        return self._connection.execute(running, [self._held]).fetchone() is not None


@contextmanager
def step_held(url: str, *, at: int, point: Point = Point.LAST_STATEMENT) -> Iterator[Hold]:
    """Hold, in the database at ``url``, the step that brings a job's progress to ``at``; release it after the block."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(WAIT_FOR_THE_TEST.format(point=point.value, at=at, name=point.name).encode())
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        hold = Hold(connection)
        yield hold
        with suppress(psycopg.OperationalError):  # the server that held it is gone, and the step with it
            hold.release()
