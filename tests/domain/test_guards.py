"""The database refuses by itself, whatever SQL comes: on both engines, and against the declared list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts import guards
from accounts.models import Residence, User
from ledger.models import JournalLine, LedgerAccount, PeriodStep, Transfer
from ledger.services.periods import close_period
from tests.factories import DistrictFactory, ProviderFactory, ResidentFactory, UserFactory, VoucherFactory, stamp
from vouchers.models import Voucher
from vouchers.services.ending import revoke
from vouchers.services.moving import move
from vouchers.services.redeeming import redeem

pytestmark = pytest.mark.django_db

DAY = date(2026, 2, 1)
#: A redemption by hand; ``{how}`` is nothing, or SQLite's ways of passing a refusal by.
BY_HAND = (
    "INSERT {how} INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, fen, occurred_on, booked_on,"
    " period, recorded_at, recorded_by_id, reverses_id) VALUES (%(key)s, %(event)s, %(subject)s, 'by hand', %(debit)s,"
    " %(credit)s, {fen}, '2026-02-01', '2026-02-01', %(period)s, '2026-02-01 00:00:00', %(author)s, %(reversed)s)"
)
PASSING_BY = ["OR IGNORE", "OR FAIL", "OR REPLACE"]
#: What a transfer names by an id.
NAMED = ["debit", "credit", "author", "reversed"]
#: Neither an account nor a user nor a transfer has this id.
UNKNOWN = 987_654_321


def execute(sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
    """Run one statement in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.fixture
def voucher() -> Voucher:
    """A voucher of 72,000 fen of which 100 are used."""
    made = VoucherFactory()
    provider = ProviderFactory(district=made.resident.residences.get().district, programmes=[made.programme])
    redeem(
        resident=made.resident, programme=made.programme, provider=provider, fen=100, day=DAY, key="k", stamp=stamp(DAY)
    )
    made.refresh_from_db()
    return made


Parameter = str | int | None
Statement = tuple[str, Mapping[str, Parameter]]


def by_hand(voucher: Voucher, *, how: str = "", fen: str = "100", **changes: Parameter) -> Statement:
    """Return what books a redemption of ``voucher`` without any service."""
    row = Transfer.objects.get(key="redeem:k")
    values: dict[str, Parameter] = {
        "key": "by hand",
        "event": "redeem",
        "subject": voucher.pk,
        "debit": row.debit_id,
        "credit": row.credit_id,
        "period": "2026-02-01",
        "author": None,
        "reversed": None,
    }
    return BY_HAND.format(how=how, fen=fen), {**values, **changes}


def test_a_sound_row_by_hand_is_booked_and_followed(voucher: Voucher) -> None:
    execute(*by_hand(voucher))

    voucher.refresh_from_db()
    assert voucher.spent_fen == 200


# The ledger only grows


@pytest.mark.parametrize(
    "table",
    [
        "ledger_transfer",
        "ledger_ledgeraccount",
        "ledger_periodstep",
        "ledger_obligationrecord",
        "ledger_positionrecord",
        "ledger_closedbalance",
        "accounts_auditevent",
        "accounts_residence",
        "vouchers_voucher",
        "vouchers_voucherend",
        "vouchers_move",
        "vouchers_movestep",
    ],
)
def test_nothing_is_deleted(table: str) -> None:
    told = history()
    before = count_of(table)

    with pytest.raises(DatabaseError):
        execute(f"DELETE FROM {table}")

    assert told and count_of(table) == before > 0


def history() -> Voucher:
    """A story that leaves a row in every table that only grows."""
    from ledger.services.periods import settle_period
    from vouchers.services.moving import annul_move

    voucher = VoucherFactory()
    resident, approver = voucher.resident, UserFactory()
    move(resident=resident, to=DistrictFactory().code, effective_on=DAY, stamp=stamp(DAY))
    annul_move(resident=resident, effective_on=DAY, stamp=stamp(DAY))
    revoke(resident=resident, programme=voucher.programme, day=DAY, stamp=stamp(DAY))
    close_period(month=date(2026, 1, 1), approved_by=approver, stamp=stamp(DAY))
    close_period(month=DAY, approved_by=approver, stamp=stamp(DAY))
    settle_period(month=DAY, approved_by=approver, stamp=stamp(DAY))
    return voucher


def count_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("change", ["fen = fen + 1", "period = '2026-01-01'", "key = 'other'", "subject = NULL"])
def test_a_transfer_is_never_changed(voucher: Voucher, change: str) -> None:
    with pytest.raises(DatabaseError):
        execute(f"UPDATE ledger_transfer SET {change}")

    assert Transfer.objects.get(key="redeem:k").fen == 100


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("ledger_transfer", "*"),
        ("ledger_ledgeraccount", "*"),
        ("vouchers_voucher", "*"),
        ("vouchers_move", "*"),
        ("vouchers_voucherend", "NULL, reason, '2026-02-03', recorded_at, recorded_by_id, voucher_id"),
        ("accounts_residence", "*"),
    ],
)
def test_insert_or_replace_does_not_walk_past_the_delete_trigger(table: str, columns: str) -> None:
    told = history()

    with pytest.raises(DatabaseError):
        execute(f"INSERT OR REPLACE INTO {table} SELECT {columns} FROM {table}")

    assert told


@pytest.mark.embedded
def test_a_step_is_not_replaced_by_another_of_its_month() -> None:
    author, approver = UserFactory(), UserFactory()
    close_period(month=DAY, approved_by=approver, stamp=stamp(DAY, by=author))

    with pytest.raises(DatabaseError):
        execute(
            "INSERT OR REPLACE INTO ledger_periodstep (month, step, booked_on, at, proposed_by_id, approved_by_id)"
            " SELECT month, step, '2030-01-01', at, approved_by_id, proposed_by_id FROM ledger_periodstep"
        )

    assert PeriodStep.objects.get().proposed_by == author


@pytest.mark.embedded
def test_a_voucher_is_not_replaced_by_another_of_its_window(voucher: Voucher) -> None:
    with pytest.raises(DatabaseError):
        execute(
            "INSERT OR REPLACE INTO vouchers_voucher (number, valid_from, valid_until, amount_fen, spent_fen,"
            " returned_fen, issued_on, holder_id, programme_id, resident_id)"
            " SELECT 'other', valid_from, valid_until, 1, 0, 0, issued_on, holder_id, programme_id, resident_id"
            " FROM vouchers_voucher"
        )

    assert Voucher.objects.get() == voucher


# Amounts


@pytest.mark.parametrize("fen", ["0", "-1", "'abc'", "NULL"])
def test_a_transfer_is_more_than_zero_fen(voucher: Voucher, fen: str) -> None:
    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, fen=fen))

    assert not Transfer.objects.filter(key="by hand").exists()


@pytest.mark.embedded
@pytest.mark.parametrize("fen", ["10.5", "'abc'", "'10.5'", "x'31'"])
def test_only_whole_fen_enter_a_transfer(voucher: Voucher, fen: str) -> None:
    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, fen=fen))

    assert not Transfer.objects.filter(key="by hand").exists()


def test_a_transfer_has_two_accounts(voucher: Voucher) -> None:
    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, credit=voucher.holder_id))


@pytest.mark.parametrize("event", ["redeem", "cost_share"])
@pytest.mark.parametrize("name", NAMED)
def test_a_transfer_names_what_exists(voucher: Voucher, name: str, event: str) -> None:
    statement, values = by_hand(voucher, event=event)

    with pytest.raises(DatabaseError):
        execute(statement, {**values, name: UNKNOWN})

    assert not Transfer.objects.filter(key="by hand").exists()


@pytest.mark.embedded
@pytest.mark.parametrize("how", PASSING_BY)
@pytest.mark.parametrize("name", NAMED)
def test_no_conflict_clause_of_sqlite_lets_an_unknown_name_in(voucher: Voucher, name: str, how: str) -> None:
    statement, values = by_hand(voucher, how=how, event="cost_share")

    with pytest.raises(DatabaseError, match="transfer references exist"):
        execute(statement, {**values, name: UNKNOWN})

    assert not Transfer.objects.filter(key="by hand").exists()


@pytest.mark.deployed
@pytest.mark.parametrize("name", NAMED)
def test_one_unknown_name_among_many_rows_is_refused_for_a_replica_too(voucher: Voucher, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")

    with pytest.raises(DatabaseError, match="transfer references exist"):
        execute(*many_by_hand(voucher, **{name: f"CASE WHEN n = 40 THEN {UNKNOWN} ELSE {MANY[name]} END"}))

    assert not Transfer.objects.filter(act="by hand").exists()


#: What a row of many names, if nothing else is said.
MANY = {"debit": "debit_id", "credit": "credit_id", "author": "NULL", "reversed": "NULL"}


def many_by_hand(voucher: Voucher, **changes: str) -> Statement:
    """Return what books a hundred cost shares in one statement of PostgreSQL; ``n`` counts them."""
    sql = (
        "INSERT INTO ledger_transfer (key, event, subject, act, debit_id, credit_id, recorded_by_id, reverses_id, fen,"
        " occurred_on, booked_on, period, recorded_at) SELECT 'by hand ' || n, 'cost_share', subject, 'by hand',"
        f" {', '.join((MANY | changes).values())}, fen, occurred_on, booked_on, period, recorded_at"
        " FROM ledger_transfer, generate_series(1, 100) n WHERE key = 'redeem:k' AND subject = %(voucher)s"
    )
    return sql, {"voucher": voucher.pk}


@pytest.mark.deployed
def test_many_rows_by_hand_that_name_what_exists_are_booked(voucher: Voucher) -> None:
    execute(*many_by_hand(voucher))

    assert Transfer.objects.filter(act="by hand").count() == 100


@pytest.mark.parametrize("change", ["DELETE FROM accounts_user", "UPDATE accounts_user SET id = id + 1000"])
def test_a_user_whom_rows_may_name_is_kept(change: str) -> None:
    user = UserFactory()

    with pytest.raises(DatabaseError, match="user is never deleted"):
        execute(change)

    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.embedded
@pytest.mark.parametrize(
    "change",
    [
        "INSERT OR REPLACE INTO accounts_user (username, name, role, password, is_active, is_staff, is_superuser,"
        " email, date_joined) SELECT username, name, role, '', 1, 0, 0, '', date_joined FROM accounts_user",
        "UPDATE OR REPLACE accounts_user SET username = (SELECT max(username) FROM accounts_user)",
    ],
    ids=["INSERT", "UPDATE"],
)
def test_a_user_is_not_replaced_by_another_of_the_name(change: str) -> None:
    users = {UserFactory().pk, UserFactory().pk}

    with pytest.raises(DatabaseError, match="user is never deleted"):
        execute(change)

    assert users <= set(User.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("change", ["id = id + 1000", "code = code || 'x'", "authority_id = NULL"])
def test_an_account_that_rows_name_is_never_changed(voucher: Voucher, change: str) -> None:
    with pytest.raises(DatabaseError):
        execute(f"UPDATE ledger_ledgeraccount SET {change}")

    assert LedgerAccount.objects.filter(pk=voucher.holder_id).exists()


@pytest.mark.embedded
def test_an_account_is_not_replaced_by_another_of_its_code(voucher: Voucher) -> None:
    with pytest.raises(DatabaseError):
        execute(
            "INSERT OR REPLACE INTO ledger_ledgeraccount (code, authority_id, kind, programme, party)"
            " SELECT code, authority_id, kind, programme, party FROM ledger_ledgeraccount WHERE kind = 'payable'"
        )

    assert LedgerAccount.objects.filter(debits=None, credits=None).count() == 0


def test_a_key_is_used_once(voucher: Voucher) -> None:
    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, key="redeem:k"))


def test_a_voucher_is_spent_to_the_last_fen_and_not_beyond(voucher: Voucher) -> None:
    execute(*by_hand(voucher, fen="71900", key="the rest"))

    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, fen="1"))

    voucher.refresh_from_db()
    assert voucher.spent_fen == 72_000


@pytest.mark.embedded
@pytest.mark.parametrize("how", PASSING_BY)
@pytest.mark.parametrize(("event", "fen"), [("redeem", "71901"), ("reverse", "101"), ("expire", "71901")])
def test_no_conflict_clause_of_sqlite_lets_the_figures_drift(voucher: Voucher, how: str, event: str, fen: str) -> None:
    statement = by_hand(voucher, how=how, event=event, fen=fen)

    with connection.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute(*statement)

    voucher.refresh_from_db()
    assert (voucher.spent_fen, Transfer.objects.filter(subject=voucher.pk).count()) == (100, 2)


@pytest.mark.parametrize("event", ["redeem", "expire", "revoke"])
def test_what_takes_value_debits_the_present_payer(voucher: Voucher, event: str) -> None:
    elsewhere = LedgerAccount.objects.create(
        code="310299/x/entitlement", authority=DistrictFactory(code="310299").authority, kind="entitlement"
    )

    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, event=event, debit=elsewhere.pk))


@pytest.mark.parametrize("event", ["redeem", "reverse", "expire"])
def test_what_touches_a_voucher_names_one(voucher: Voucher, event: str) -> None:
    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, event=event, subject=0))


@pytest.mark.parametrize(
    "change",
    [
        "spent_fen = 0",
        "spent_fen = spent_fen + 1",
        "returned_fen = 1",
        "amount_fen = amount_fen + 1",
        "number = 'TH-other'",
        "valid_until = '2030-01-01'",
        "issued_on = '2020-01-01'",
        "id = id + 1000",
    ],
)
def test_a_vouchers_figures_are_not_changed_by_hand(voucher: Voucher, change: str) -> None:
    with pytest.raises(DatabaseError):
        execute(f"UPDATE vouchers_voucher SET {change}")


@pytest.mark.parametrize("figures", ["1, 0", "0, 1"])
def test_a_voucher_begins_unspent(voucher: Voucher, figures: str) -> None:
    with pytest.raises(DatabaseError):
        execute(
            "INSERT INTO vouchers_voucher (number, valid_from, valid_until, amount_fen, spent_fen, returned_fen,"
            f" issued_on, holder_id, programme_id, resident_id) SELECT 'n', '2030-01-01', '2031-01-01', 5, {figures},"
            " issued_on, holder_id, programme_id, resident_id FROM vouchers_voucher"
        )


# Months


@pytest.mark.parametrize("period", ["2026-02-01", "2026-01-01", "2025-12-01", "2026-02-15"])
def test_nothing_enters_a_closed_month(voucher: Voucher, period: str) -> None:
    approver = UserFactory()
    close_period(month=date(2026, 1, 1), approved_by=approver, stamp=stamp(DAY))
    close_period(month=DAY, approved_by=approver, stamp=stamp(DAY))

    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, period=period))


def test_a_period_is_the_first_of_a_month(voucher: Voucher) -> None:
    with pytest.raises(DatabaseError):
        execute(*by_hand(voucher, period="2026-03-15"))


# Where people live


def test_two_residences_of_one_person_do_not_overlap() -> None:
    resident = ResidentFactory()
    known = resident.residences.get()

    with pytest.raises(DatabaseError), transaction.atomic():
        Residence.objects.create(
            resident=resident, district=DistrictFactory(), start=DAY, known_from=DAY, recorded_at=known.recorded_at
        )


def test_a_residence_that_ended_leaves_room_on_its_last_day() -> None:
    resident = ResidentFactory()
    move(resident=resident, to=DistrictFactory().code, effective_on=DAY, stamp=stamp(DAY))

    spells = Residence.objects.current().filter(resident=resident).order_by("start")

    assert [(spell.start, spell.end) for spell in spells] == [(date(2020, 1, 1), DAY), (DAY, None)]


@pytest.mark.parametrize("change", ["start = '2019-01-01'", "district_id = NULL", "superseded_at = NULL"])
def test_a_residence_is_only_superseded_and_once(change: str) -> None:
    resident = ResidentFactory()
    move(resident=resident, to=DistrictFactory().code, effective_on=DAY, stamp=stamp(DAY))

    with pytest.raises(DatabaseError):
        execute(f"UPDATE accounts_residence SET {change} WHERE superseded_at IS NOT NULL")


# The accountant's view


def test_the_journal_of_each_authority_sums_to_zero() -> None:
    history()

    lines = JournalLine.objects.values_list("authority", "fen")
    sums = {authority: sum(fen for owner, fen in lines if owner == authority) for authority, _ in lines}

    assert sums and set(sums.values()) == {0}


def test_a_row_between_authorities_has_four_legs_and_one_inside_a_book_two() -> None:
    history()

    across = Transfer.objects.filter(event="handover").first()
    inside = Transfer.objects.filter(event="issue").first()

    assert across is not None and across.journal_lines.count() == 4
    assert inside is not None and inside.journal_lines.count() == 2


# The declared list


def test_the_database_holds_the_declared_guards_and_no_other() -> None:
    assert guards.differences() == []


def test_a_dropped_guard_is_reported() -> None:
    remove_trigger("ledger_transfer", "transfer_month_is_open")

    assert guards.differences() == ["trigger transfer_month_is_open"]


def test_a_foreign_view_is_reported() -> None:
    execute("CREATE VIEW somebodys AS SELECT 1 AS one")

    assert guards.differences() == ["view somebodys"]


@pytest.mark.embedded
def test_an_altered_trigger_of_sqlite_is_reported() -> None:
    execute("DROP TRIGGER voucher_is_never_deleted")
    execute("CREATE TRIGGER voucher_is_never_deleted BEFORE DELETE ON vouchers_voucher BEGIN SELECT 1; END")

    assert guards.differences() == ["trigger voucher_is_never_deleted"]


@pytest.mark.embedded
def test_sqlite_has_no_roles() -> None:
    with pytest.raises(CommandError, match="SQLite has no roles"):
        call_command("create_roles")


@pytest.mark.deployed
def test_an_altered_function_of_postgresql_is_reported() -> None:
    execute(
        "CREATE OR REPLACE FUNCTION transfer_month_is_open() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NULL; END $$"
    )

    assert guards.differences() == ["function transfer_month_is_open"]


@pytest.mark.deployed
def test_a_foreign_trigger_of_postgresql_is_reported() -> None:
    execute("CREATE FUNCTION somebodys() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
    execute("CREATE TRIGGER somebodys AFTER INSERT ON ledger_transfer EXECUTE FUNCTION somebodys()")

    assert guards.differences() == ["function somebodys", "trigger somebodys"]


@pytest.mark.deployed
def test_every_refusing_trigger_fires_for_a_replica_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'A'")
        names = [name for (name,) in cursor.fetchall()]

    assert names == []


def test_every_constraint_of_the_models_is_in_the_database() -> None:
    with connection.cursor() as cursor:
        live = {
            name
            for model in apps.get_models()
            if model._meta.managed
            for name in connection.introspection.get_constraints(cursor, model._meta.db_table)
        }

    declared = {constraint.name for model in apps.get_models() for constraint in model._meta.constraints}

    assert declared <= live


def remove_trigger(table: str, name: str) -> None:
    execute({"postgresql": f"DROP TRIGGER {name} ON {table}", "sqlite": f"DROP TRIGGER {name}"}[connection.vendor])
