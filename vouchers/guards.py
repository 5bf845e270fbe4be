"""What the database insists on for vouchers: their figures follow the ledger's rows and nothing else."""

from accounts.guards import Guard, append_only, taken
from ledger.guards import TRANSFER

VOUCHER, END = "vouchers_voucher", "vouchers_voucherend"
#: An end may go once a row of the same content says that it was lifted.
LIFTED = """
    SELECT 1 FROM vouchers_liftedend l WHERE l.ending_id = OLD.id AND l.voucher_id = OLD.voucher_id
       AND l.reason = OLD.reason AND l.day = OLD.day AND l.ended_at = OLD.recorded_at
       AND l.ended_booked_on = OLD.booked_on
"""
END_IS_ONLY_LIFTED = f"""
    CREATE OR REPLACE FUNCTION voucher_end_is_only_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS ({LIFTED}) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'an end of a voucher is only lifted' USING ERRCODE = 'restrict_violation';
    END $$
"""
SQLITE_ONLY_LIFTED = "BEGIN SELECT RAISE(ABORT, 'an end of a voucher is only lifted'); END"

SPENT = "CASE {row}.event WHEN 'redeem' THEN {row}.fen WHEN 'reverse' THEN -{row}.fen ELSE 0 END"
RETURNED = (
    "CASE WHEN {row}.event IN ('expire', 'revoke') THEN {row}.fen "
    "WHEN {row}.event = 'restore' THEN -{row}.fen ELSE 0 END"
)
TAKES = "('redeem', 'expire', 'revoke')"
TOUCHES = "('redeem', 'reverse', 'expire', 'revoke', 'restore')"
#: The account that has to be the holder's: of what takes value the debit, of what puts it back the credit.
HELD = (
    "CASE WHEN {row}.event IN " + TAKES + " THEN {row}.debit_id WHEN {row}.event = 'restore' THEN {row}.credit_id END"
)

#: Once a statement, and its plan is kept for the session. The three settings leave one plan: the sums in the order of
#: their vouchers, and for each an index look-up; a session whose first statement was a bulk load would otherwise read
#: the whole table for each redemption after it. Vouchers are changed, and so locked, in id order: two statements cannot
#: wait for each other. What takes value must debit the present payer's account: a move may have come between. It acts
#: as its owner, since the application may not touch a voucher's figures: the path is fixed, and nobody else may hang it
#: on a table of their own.
FOLLOW = f"""
    CREATE OR REPLACE FUNCTION voucher_follows_its_rows() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
    DECLARE
        touched bigint;
        changed bigint;
    BEGIN
        WITH due AS MATERIALIZED (
            SELECT subject,
                   sum({SPENT.format(row="fresh")})::bigint AS spent,
                   sum({RETURNED.format(row="fresh")})::bigint AS returned,
                   min({HELD.format(row="fresh")}) AS least,
                   max({HELD.format(row="fresh")}) AS most
              FROM fresh WHERE event IN {TOUCHES} GROUP BY subject ORDER BY subject
        ), done AS (
            UPDATE {VOUCHER} v SET spent_fen = v.spent_fen + due.spent, returned_fen = v.returned_fen + due.returned
              FROM due
             WHERE v.id = due.subject
               AND (due.least IS NULL OR (due.least = v.holder_id AND due.most = v.holder_id))
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM done) INTO touched, changed;
        IF changed <> touched THEN
            RAISE EXCEPTION 'voucher is held by another payer' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END $$
"""

REFUSE = """
    CREATE OR REPLACE FUNCTION voucher_amounts_follow_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'voucher amounts follow the ledger' USING ERRCODE = 'restrict_violation';
    END $$
"""

CHANGED = " OR ".join(
    f"NEW.{column} <> OLD.{column}"
    for column in (
        *("id", "number", "resident_id", "programme_id"),
        *("valid_from", "valid_until", "amount_fen", "issued_on"),
    )
)

KEYS = [("number",), ("resident_id", "programme_id", "valid_from")]

#: SQLite cannot tell a trigger's update from a person's: it compares with the rows.
SPENT_BY_ROWS = f"(SELECT coalesce(sum({SPENT.format(row='t')}), 0) FROM {TRANSFER} t WHERE t.subject = NEW.id)"
RETURNED_BY_ROWS = f"(SELECT coalesce(sum({RETURNED.format(row='t')}), 0) FROM {TRANSFER} t WHERE t.subject = NEW.id)"
SQLITE_REFUSE = "BEGIN SELECT RAISE(ABORT, 'voucher amounts follow the ledger'); END"

GUARDS = [
    Guard(
        # A redemption rewrites its voucher. With room beside it, no index has to learn of the new place: half a page is
        # enough for a list that redeems every voucher of it.
        name="voucher_pages_are_half_empty",
        create={"postgresql": [f"ALTER TABLE {VOUCHER} SET (fillfactor = 50)"]},
        drop={"postgresql": [f"ALTER TABLE IF EXISTS {VOUCHER} RESET (fillfactor)"]},
    ),
    Guard(
        name="voucher_end_is_only_lifted",
        create={
            "postgresql": [
                END_IS_ONLY_LIFTED,
                f"CREATE TRIGGER voucher_end_is_only_lifted BEFORE UPDATE OR DELETE ON {END} "
                "FOR EACH ROW EXECUTE FUNCTION voucher_end_is_only_lifted()",
                f"CREATE TRIGGER voucher_ends_are_never_emptied BEFORE TRUNCATE ON {END} "
                "FOR EACH STATEMENT EXECUTE FUNCTION voucher_end_is_only_lifted()",
                f"ALTER TABLE {END} ENABLE ALWAYS TRIGGER voucher_end_is_only_lifted",
                f"ALTER TABLE {END} ENABLE ALWAYS TRIGGER voucher_ends_are_never_emptied",
            ],
            "sqlite": [
                f"CREATE TRIGGER voucher_end_is_never_changed BEFORE UPDATE ON {END} {SQLITE_ONLY_LIFTED}",
                f"CREATE TRIGGER voucher_end_is_only_lifted BEFORE DELETE ON {END} "
                f"WHEN NOT EXISTS ({LIFTED}) {SQLITE_ONLY_LIFTED}",
                f"CREATE TRIGGER voucher_end_is_never_replaced BEFORE INSERT ON {END} "
                f"WHEN EXISTS ({taken(END, [('voucher_id',)])}) {SQLITE_ONLY_LIFTED}",
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS voucher_end_is_only_lifted ON {END}",
                f"DROP TRIGGER IF EXISTS voucher_ends_are_never_emptied ON {END}",
                "DROP FUNCTION IF EXISTS voucher_end_is_only_lifted()",
            ],
            "sqlite": [
                f"DROP TRIGGER IF EXISTS voucher_end_is_{rule}"
                for rule in ("never_changed", "only_lifted", "never_replaced")
            ],
        },
    ),
    append_only("vouchers_liftedend", keys=[("ending_id",)]),
    append_only("vouchers_move"),
    append_only("vouchers_movestep"),
    append_only(
        "vouchers_contributionaccount", keys=[("number",), ("resident_id", "scheme", "district_id", "opened_on")]
    ),
    append_only("vouchers_contribution", keys=[("key",), ("account_id", "month", "revision")]),
    append_only("vouchers_interestcredit", keys=[("account_id", "year")]),
    append_only("vouchers_insurancecase"),
    append_only("vouchers_insurancecasestep", keys=[("case_id", "step")]),
    append_only("vouchers_insurancepassage", keys=[("origin_id",), ("case_id",)]),
    append_only("vouchers_pooledsharedecision"),
    append_only("vouchers_visitorfiling"),
    append_only("vouchers_visitorfilingend", keys=[("filing_id",)]),
    append_only("vouchers_visitterms"),
    append_only("vouchers_visitbill", keys=[("transfer_id",)]),
    append_only("vouchers_claimfile", keys=[("provider_id", "sha256")]),
    append_only("vouchers_claimtotal", keys=[("file_id", "programme_id", "day")]),
    append_only("vouchers_claimline", keys=[("file_id", "row")]),
    append_only("vouchers_claimcell"),
    append_only("vouchers_claimdifference", keys=[("job_id", "key")]),
    append_only("vouchers_providersuspension"),
    Guard(
        name="voucher_follows_its_rows",
        create={
            "postgresql": [
                FOLLOW,
                "REVOKE EXECUTE ON FUNCTION voucher_follows_its_rows() FROM PUBLIC",
                f"CREATE TRIGGER voucher_follows_its_rows AFTER INSERT ON {TRANSFER} "
                "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION voucher_follows_its_rows()",
                f"ALTER TABLE {TRANSFER} ENABLE ALWAYS TRIGGER voucher_follows_its_rows",
            ],
            "sqlite": [
                f"CREATE TRIGGER voucher_follows_its_rows_payer BEFORE INSERT ON {TRANSFER} "
                f"WHEN (NEW.event IN {TAKES} OR NEW.event = 'restore') AND NOT EXISTS "
                f"(SELECT 1 FROM {VOUCHER} WHERE id = NEW.subject AND holder_id = {HELD.format(row='NEW')}) "
                "BEGIN SELECT RAISE(ABORT, 'voucher is held by another payer'); END",
                # A check that fails inside a trigger is passed by under INSERT OR IGNORE; this one is not.
                f"CREATE TRIGGER voucher_follows_its_rows_amount BEFORE INSERT ON {TRANSFER} "
                f"WHEN NEW.event IN {TOUCHES} AND NOT EXISTS (SELECT 1 FROM {VOUCHER} WHERE id = NEW.subject AND "
                f"CASE WHEN NEW.event IN {TAKES} THEN amount_fen - spent_fen - returned_fen "
                "WHEN NEW.event = 'restore' THEN returned_fen ELSE spent_fen END "
                ">= NEW.fen) BEGIN SELECT RAISE(ABORT, 'voucher is not overspent'); END",
                f"CREATE TRIGGER voucher_follows_its_rows AFTER INSERT ON {TRANSFER} WHEN NEW.event IN {TOUCHES} "
                f"BEGIN UPDATE {VOUCHER} SET spent_fen = spent_fen + {SPENT.format(row='NEW')}, "
                f"returned_fen = returned_fen + {RETURNED.format(row='NEW')} WHERE id = NEW.subject; END",
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS voucher_follows_its_rows ON {TRANSFER}",
                "DROP FUNCTION IF EXISTS voucher_follows_its_rows()",
            ],
            "sqlite": [
                "DROP TRIGGER IF EXISTS voucher_follows_its_rows_payer",
                "DROP TRIGGER IF EXISTS voucher_follows_its_rows_amount",
                "DROP TRIGGER IF EXISTS voucher_follows_its_rows",
            ],
        },
    ),
    Guard(
        name="voucher_amounts_follow_the_ledger",
        create={
            "postgresql": [
                REFUSE,
                f"CREATE TRIGGER voucher_amounts_follow_the_ledger BEFORE UPDATE ON {VOUCHER} FOR EACH ROW "
                f"WHEN ({CHANGED} OR (pg_trigger_depth() = 0 AND "
                "(NEW.spent_fen <> OLD.spent_fen OR NEW.returned_fen <> OLD.returned_fen))) "
                "EXECUTE FUNCTION voucher_amounts_follow_the_ledger()",
                f"CREATE TRIGGER voucher_begins_unspent BEFORE INSERT ON {VOUCHER} FOR EACH ROW "
                "WHEN (NEW.spent_fen <> 0 OR NEW.returned_fen <> 0) "
                "EXECUTE FUNCTION voucher_amounts_follow_the_ledger()",
                f"CREATE TRIGGER voucher_is_never_deleted BEFORE DELETE OR TRUNCATE ON {VOUCHER} "
                "FOR EACH STATEMENT EXECUTE FUNCTION voucher_amounts_follow_the_ledger()",
                f"ALTER TABLE {VOUCHER} ENABLE ALWAYS TRIGGER voucher_amounts_follow_the_ledger",
                f"ALTER TABLE {VOUCHER} ENABLE ALWAYS TRIGGER voucher_begins_unspent",
                f"ALTER TABLE {VOUCHER} ENABLE ALWAYS TRIGGER voucher_is_never_deleted",
            ],
            "sqlite": [
                f"CREATE TRIGGER voucher_amounts_follow_the_ledger BEFORE UPDATE ON {VOUCHER} WHEN {CHANGED} "
                f"OR NEW.spent_fen <> {SPENT_BY_ROWS} OR NEW.returned_fen <> {RETURNED_BY_ROWS} {SQLITE_REFUSE}",
                f"CREATE TRIGGER voucher_begins_unspent BEFORE INSERT ON {VOUCHER} "
                "WHEN NEW.spent_fen <> 0 OR NEW.returned_fen <> 0 OR typeof(NEW.amount_fen) <> 'integer' "
                f"OR EXISTS ({taken(VOUCHER, KEYS)}) {SQLITE_REFUSE}",
                f"CREATE TRIGGER voucher_is_never_deleted BEFORE DELETE ON {VOUCHER} {SQLITE_REFUSE}",
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS voucher_amounts_follow_the_ledger ON {VOUCHER}",
                f"DROP TRIGGER IF EXISTS voucher_begins_unspent ON {VOUCHER}",
                f"DROP TRIGGER IF EXISTS voucher_is_never_deleted ON {VOUCHER}",
                "DROP FUNCTION IF EXISTS voucher_amounts_follow_the_ledger()",
            ],
            "sqlite": [
                "DROP TRIGGER IF EXISTS voucher_amounts_follow_the_ledger",
                "DROP TRIGGER IF EXISTS voucher_begins_unspent",
                "DROP TRIGGER IF EXISTS voucher_is_never_deleted",
            ],
        },
    ),
]
