"""What the database insists on for the books, whoever writes to them."""

from accounts.guards import USER, Guard, append_only
from accounts.locks import Lock

TRANSFER, ACCOUNT = "ledger_transfer", "ledger_ledgeraccount"
BALANCE = "ledger_closedbalance"

#: The path is fixed: a temporary table of the caller's would stand before ours.
OPEN_MONTH_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION transfer_month_is_open() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared({Lock.CLOSING:d});
        IF EXISTS (SELECT 1 FROM fresh JOIN ledger_periodstep s ON s.step = 'closed' AND s.month >= fresh.period) THEN
            RAISE EXCEPTION 'transfer month is closed' USING ERRCODE = 'restrict_violation';
        END IF;
        IF EXISTS (SELECT 1 FROM fresh WHERE extract(day FROM period) <> 1) THEN
            RAISE EXCEPTION 'transfer is whole fen in a month' USING ERRCODE = 'restrict_violation';
        END IF;
        IF EXISTS (SELECT 1 FROM ledger_succession) AND EXISTS (
            SELECT 1 FROM (SELECT debit_id AS account_id FROM fresh UNION SELECT credit_id FROM fresh) touched
              JOIN ledger_ledgeraccount a ON a.id = touched.account_id
              JOIN ledger_succession s ON s.predecessor_id = a.authority_id) THEN
            RAISE EXCEPTION 'transfer touches a book taken over' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END $$
"""

#: Instead of four foreign keys, which would look the same few accounts and authors up, and lock them, for every row.
#: Nothing that is named is ever deleted or given another id, so what is there now stays. The comparisons with NULL keep
#: the plan to an index look-up for each, whatever the session's first statement was.
REFERENCES_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION transfer_references_exist() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM (SELECT debit_id AS id FROM fresh UNION SELECT credit_id FROM fresh) named
                    WHERE (SELECT a.id FROM {ACCOUNT} a WHERE a.id = named.id) IS NULL)
        OR EXISTS (SELECT 1 FROM (SELECT DISTINCT recorded_by_id AS id FROM fresh) named
                    WHERE named.id IS NOT NULL AND (SELECT u.id FROM {USER} u WHERE u.id = named.id) IS NULL)
        OR EXISTS (SELECT 1 FROM fresh
                    WHERE reverses_id IS NOT NULL
                      AND (SELECT t.id FROM {TRANSFER} t WHERE t.id = fresh.reverses_id) IS NULL) THEN
            RAISE EXCEPTION 'transfer references exist' USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$
"""

BALANCE_FUNCTION = """
    CREATE OR REPLACE FUNCTION closed_balance_is_of_a_closed_month() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    BEGIN
        IF EXISTS (SELECT month FROM fresh EXCEPT SELECT month FROM ledger_periodstep WHERE step = 'closed') THEN
            RAISE EXCEPTION 'closed balance is of a closed month' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END $$
"""

#: The accountant's journal: two legs for every transfer, and two more, the dues, where two authorities meet.
JOURNAL = """
    CREATE VIEW ledger_journal AS
    SELECT t.id || '/debit' AS id, t.id AS transfer_id, d.authority_id AS authority_id, d.code AS code,
           t.fen AS fen, t.period AS period, t.settles AS settles, t.event AS event
      FROM ledger_transfer t JOIN ledger_ledgeraccount d ON d.id = t.debit_id
    UNION ALL
    SELECT t.id || '/credit', t.id, c.authority_id, c.code, -t.fen, t.period, t.settles, t.event
      FROM ledger_transfer t JOIN ledger_ledgeraccount c ON c.id = t.credit_id
    UNION ALL
    SELECT t.id || '/owing', t.id, d.authority_id, d.authority_id || '/due/' || c.authority_id,
           -t.fen, t.period, t.settles, t.event
      FROM ledger_transfer t JOIN ledger_ledgeraccount d ON d.id = t.debit_id
      JOIN ledger_ledgeraccount c ON c.id = t.credit_id WHERE d.authority_id <> c.authority_id
    UNION ALL
    SELECT t.id || '/owed', t.id, c.authority_id, c.authority_id || '/due/' || d.authority_id,
           t.fen, t.period, t.settles, t.event
      FROM ledger_transfer t JOIN ledger_ledgeraccount d ON d.id = t.debit_id
      JOIN ledger_ledgeraccount c ON c.id = t.credit_id WHERE d.authority_id <> c.authority_id
"""

GUARDS = [
    append_only(TRANSFER),
    append_only(ACCOUNT, keys=[("code",)]),
    append_only("ledger_periodstep", keys=[("step", "month")]),
    append_only("ledger_obligationrecord", keys=[("month", "debtor_id", "creditor_id")]),
    append_only(BALANCE, keys=[("month", "code")]),
    append_only("ledger_positionrecord", keys=[("month", "authority_id")]),
    append_only("ledger_sealedleaf", keys=[("transfer_id",)]),
    append_only("ledger_sealedsubtree", keys=[("level", "place")]),
    append_only("ledger_signingkey", keys=[("kid",)]),
    append_only("ledger_treehead", keys=[("previous",)]),
    append_only("ledger_succession", keys=[("predecessor_id",)]),
    append_only("ledger_calendarday", keys=[("month", "milestone")]),
    append_only("ledger_reminder", keys=[("month", "milestone", "day")]),
    append_only("ledger_netdebitcap"),
    append_only("ledger_lateinterestrate"),
    append_only(
        "ledger_statementanswer",
        keys=[("month", "authority_id", "debtor_id", "creditor_id", "event", "programme", "belongs_to")],
    ),
    append_only("ledger_dispute"),
    append_only("ledger_disputestep", keys=[("dispute_id", "step <> 'offered' AND NEW.step <> 'offered'")]),
    append_only("ledger_heldtransfer", keys=[("transfer_id",)]),
    append_only("ledger_releasedtransfer", keys=[("held_id",)]),
    append_only("ledger_bankaccount"),
    append_only("ledger_paymentbatch", keys=[("key",)]),
    append_only("ledger_payment", keys=[("end_to_end_id",)]),
    append_only("ledger_bankentry", keys=[("statement_id", "line")]),
    append_only("ledger_bankstatement", keys=[("sha256",), ("account_number", "statement_id")]),
    append_only(
        "ledger_bankmatch",
        keys=[("entry_id",), ("payment_id", "outcome = 'matched' AND NEW.outcome = 'matched'")],
    ),
    append_only("ledger_reconciliationrun"),
    append_only("ledger_break", keys=[("key",)]),
    append_only("ledger_breakstep", keys=[("break_id", "step = NEW.step AND step IN ('corrected', 'closed')")]),
    append_only("ledger_upkeep"),
    Guard(
        name="transfer_month_is_open",
        create={
            "postgresql": [
                OPEN_MONTH_FUNCTION,
                f"CREATE TRIGGER transfer_month_is_open AFTER INSERT ON {TRANSFER} "
                "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION transfer_month_is_open()",
                f"ALTER TABLE {TRANSFER} ENABLE ALWAYS TRIGGER transfer_month_is_open",
            ],
            "sqlite": [
                f"CREATE TRIGGER transfer_month_is_open BEFORE INSERT ON {TRANSFER} "
                "WHEN EXISTS (SELECT 1 FROM ledger_periodstep WHERE step = 'closed' AND month >= NEW.period) "
                "BEGIN SELECT RAISE(ABORT, 'transfer month is closed'); END",
                f"CREATE TRIGGER transfer_book_is_not_taken_over BEFORE INSERT ON {TRANSFER} "
                "WHEN EXISTS (SELECT 1 FROM ledger_succession s JOIN ledger_ledgeraccount a "
                "ON a.authority_id = s.predecessor_id WHERE a.id IN (NEW.debit_id, NEW.credit_id)) "
                "BEGIN SELECT RAISE(ABORT, 'transfer touches a book taken over'); END",
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS transfer_month_is_open ON {TRANSFER}",
                "DROP FUNCTION IF EXISTS transfer_month_is_open()",
            ],
            "sqlite": [
                "DROP TRIGGER IF EXISTS transfer_month_is_open",
                "DROP TRIGGER IF EXISTS transfer_book_is_not_taken_over",
            ],
        },
    ),
    Guard(
        name="transfer_references_exist",
        create={
            "postgresql": [
                REFERENCES_FUNCTION,
                f"CREATE TRIGGER transfer_references_exist AFTER INSERT ON {TRANSFER} "
                "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION transfer_references_exist()",
                f"ALTER TABLE {TRANSFER} ENABLE ALWAYS TRIGGER transfer_references_exist",
            ],
            "sqlite": [
                f"CREATE TRIGGER transfer_references_exist BEFORE INSERT ON {TRANSFER} "
                f"WHEN NOT EXISTS (SELECT 1 FROM {ACCOUNT} WHERE id = NEW.debit_id) "
                f"OR NOT EXISTS (SELECT 1 FROM {ACCOUNT} WHERE id = NEW.credit_id) "
                f"OR (NEW.recorded_by_id NOT NULL AND NOT EXISTS (SELECT 1 FROM {USER} WHERE id = NEW.recorded_by_id)) "
                f"OR (NEW.reverses_id NOT NULL AND NOT EXISTS (SELECT 1 FROM {TRANSFER} WHERE id = NEW.reverses_id)) "
                "BEGIN SELECT RAISE(ABORT, 'transfer references exist'); END"
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS transfer_references_exist ON {TRANSFER}",
                "DROP FUNCTION IF EXISTS transfer_references_exist()",
            ],
            "sqlite": ["DROP TRIGGER IF EXISTS transfer_references_exist"],
        },
    ),
    Guard(
        name="closed_balance_is_of_a_closed_month",
        create={
            "postgresql": [
                BALANCE_FUNCTION,
                f"CREATE TRIGGER closed_balance_is_of_a_closed_month AFTER INSERT ON {BALANCE} REFERENCING NEW TABLE "
                "AS fresh FOR EACH STATEMENT EXECUTE FUNCTION closed_balance_is_of_a_closed_month()",
                f"ALTER TABLE {BALANCE} ENABLE ALWAYS TRIGGER closed_balance_is_of_a_closed_month",
            ],
            "sqlite": [
                f"CREATE TRIGGER closed_balance_is_of_a_closed_month BEFORE INSERT ON {BALANCE} WHEN "
                "typeof(NEW.fen) <> 'integer' OR NOT EXISTS "
                "(SELECT 1 FROM ledger_periodstep WHERE step = 'closed' AND month = NEW.month) "
                "BEGIN SELECT RAISE(ABORT, 'closed balance is of a closed month'); END"
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS closed_balance_is_of_a_closed_month ON {BALANCE}",
                "DROP FUNCTION IF EXISTS closed_balance_is_of_a_closed_month()",
            ],
            "sqlite": ["DROP TRIGGER IF EXISTS closed_balance_is_of_a_closed_month"],
        },
    ),
    Guard(
        name="transfer_is_well_formed",
        create={
            # SQLite stores 10.5 and 'abc' in a bigint, and INSERT OR REPLACE passes delete triggers by.
            "sqlite": [
                f"CREATE TRIGGER transfer_is_well_formed BEFORE INSERT ON {TRANSFER} "
                "WHEN typeof(NEW.fen) <> 'integer' OR NEW.period <> date(NEW.period, 'start of month') "
                "BEGIN SELECT RAISE(ABORT, 'transfer is whole fen in a month'); END",
                f"CREATE TRIGGER transfer_key_is_used_once BEFORE INSERT ON {TRANSFER} "
                # Two questions: with OR between them, SQLite reads the whole table once it has been analyzed.
                f"WHEN EXISTS (SELECT 1 FROM {TRANSFER} WHERE key = NEW.key) "
                f"OR EXISTS (SELECT 1 FROM {TRANSFER} WHERE reverses_id = NEW.reverses_id) "
                "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: ledger_transfer.key'); END",
            ],
        },
        drop={
            "sqlite": [
                "DROP TRIGGER IF EXISTS transfer_is_well_formed",
                "DROP TRIGGER IF EXISTS transfer_key_is_used_once",
            ],
        },
    ),
    Guard(
        name="ledger_journal",
        create={"postgresql": [JOURNAL], "sqlite": [JOURNAL]},
        drop={engine: ["DROP VIEW IF EXISTS ledger_journal"] for engine in ("postgresql", "sqlite")},
    ),
]
