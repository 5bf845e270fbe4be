"""Three roles of PostgreSQL: the owner migrates, the application serves, the auditor looks, and none does more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from accounts import guards
from accounts.models import District
from accounts.services.signing_in import identify
from accounts.stamps import Stamp
from config import database_roles
from config.database_roles import APP, AUDITOR, OWNER
from ledger import selectors
from ledger.models import Job, Payment, Transfer
from ledger.months import next_month
from ledger.services import jobs, period_jobs
from ledger.services.payments import arrived
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    UserFactory,
    VoucherFactory,
    stamp,
)
from tests.support.databases import created, pointed_at
from vouchers.models import Programme, Voucher
from vouchers.services import batches
from vouchers.services.ending import expire, revoke
from vouchers.services.issuing import Offer
from vouchers.services.moving import annul_move, move
from vouchers.services.redeeming import redeem, reverse

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.support.databases import Databases

pytestmark = pytest.mark.deployed
in_a_database = pytest.mark.django_db

DAY, MONTH = date(2026, 2, 10), date(2026, 2, 1)
LATER = timezone.now() + timedelta(days=1)


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Let this connection be ``role``: the tests sign in as a superuser, whom nothing would be refused."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
        yield
        cursor.execute("RESET ROLE")


def execute(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def refused(role: str, *statements: str) -> bool:
    """Return whether ``role`` lacks the privilege for the last of these statements."""
    with acting_as(role):
        try:
            execute(*statements)
        except DatabaseError as error:
            return isinstance(error.__cause__, InsufficientPrivilege)
    return False


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(table.name for table in connection.introspection.get_table_list(cursor))


# The declared grants


@in_a_database
def test_the_application_holds_what_is_declared_for_every_table_and_nothing_else() -> None:
    assert database_roles.live(APP) == database_roles.application()
    assert sorted(database_roles.application()) == tables()


@in_a_database
def test_an_auditor_sees_every_table_but_sessions_and_tokens() -> None:
    live = database_roles.live(AUDITOR)

    assert set(tables()) - set(live) == {"django_session", "authtoken_token"}
    assert {privilege.split()[0] for privileges in live.values() for privilege in privileges} == {"SELECT"}


@in_a_database
def test_everybody_holds_nothing() -> None:
    assert database_roles.live("public") == {}


@in_a_database
def test_a_grant_beyond_the_declared_ones_is_found_and_taken_back() -> None:
    execute(f"GRANT DELETE ON ledger_transfer TO {APP}", f"GRANT UPDATE (amount_fen) ON vouchers_voucher TO {APP}")
    found = database_roles.live(APP)

    call_command("create_roles", verbosity=0)

    assert found != database_roles.application() == database_roles.live(APP)


@in_a_database
@pytest.mark.parametrize("role", [OWNER, APP, AUDITOR])
def test_no_role_stands_above_the_rules_or_in_for_another(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls,"
            " (SELECT count(*) FROM pg_auth_members WHERE member = r.oid) FROM pg_roles r WHERE rolname = %s",
            [role],
        )
        assert cursor.fetchall() == [(True, False, 0)]


# The application


@in_a_database
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_transfer SET fen = fen + 1",
        "DELETE FROM ledger_transfer",
        "TRUNCATE ledger_transfer CASCADE",
        "ALTER TABLE ledger_transfer DISABLE TRIGGER ALL",
        "ALTER TABLE ledger_transfer DROP CONSTRAINT transfer_amount_is_positive",
        "DROP TRIGGER transfer_month_is_open ON ledger_transfer",
        "CREATE OR REPLACE FUNCTION transfer_month_is_open() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
        "CREATE TRIGGER mine BEFORE INSERT ON ledger_transfer EXECUTE FUNCTION transfer_month_is_open()",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
        "DELETE FROM ledger_periodstep",
        "UPDATE accounts_auditevent SET verb = ''",
        "UPDATE accounts_residence SET start = '2020-01-01'",
        "UPDATE accounts_resident SET name = ''",
        "UPDATE vouchers_voucher SET spent_fen = 0",
        "UPDATE vouchers_voucher SET returned_fen = 0",
        "UPDATE vouchers_voucher SET amount_fen = amount_fen + 1",
        "DELETE FROM vouchers_voucher",
        "DELETE FROM vouchers_issuebatchitem",
        "CREATE ROLE mine",
        f"GRANT {OWNER} TO {APP}",
    ],
)
def test_the_application_may_not(statement: str) -> None:
    assert refused(APP, statement)


@in_a_database
def test_nothing_in_the_database_hides_a_closed_month_from_its_guard() -> None:
    use(VoucherFactory(day=DAY), key="k")
    close(MONTH)
    again = (
        "INSERT INTO ledger_transfer (key, event, act, debit_id, credit_id, fen, occurred_on, booked_on, period,"
        " recorded_at) SELECT 'late', 'cost_share', 'late', debit_id, credit_id, 1, booked_on, booked_on, period,"
        " recorded_at FROM ledger_transfer WHERE key = 'redeem:k'"
    )

    with acting_as(APP), pytest.raises(DatabaseError, match="transfer month is closed"):
        execute("CREATE TEMP TABLE ledger_periodstep (month date, step text)", again)

    assert not Transfer.objects.filter(key="late").exists()


@in_a_database
def test_the_function_that_changes_a_voucher_cannot_be_hung_on_a_table_of_ones_own() -> None:
    assert refused(
        APP,
        "CREATE TEMP TABLE forged (event text, subject bigint, fen bigint, debit_id bigint)",
        "CREATE TRIGGER forged AFTER INSERT ON forged REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION voucher_follows_its_rows()",
    )


@in_a_database
def test_the_application_can_do_the_whole_main_job() -> None:
    with acting_as(APP):
        author = UserFactory()
        programme, there = ProgrammeFactory(), DistrictFactory()
        child = ResidentFactory()
        voucher = VoucherFactory(resident=child, programme=programme, day=DAY)
        use(voucher, key="kept")
        use(voucher, key="mistaken")
        reverse(key="mistaken", day=DAY, stamp=stamp(DAY))
        move(resident=child, to=there.code, effective_on=DAY, stamp=stamp(DAY))
        annul_move(resident=child, effective_on=DAY, stamp=stamp(DAY))
        move(resident=child, to=there.code, effective_on=DAY, stamp=stamp(DAY))
        revoked = VoucherFactory(programme=programme, day=DAY)
        revoke(resident=revoked.resident, programme=programme, day=DAY, stamp=stamp(DAY))
        batch = issue_to_a_district(ProgrammeFactory(), district=there)
        close(MONTH)
        settle(MONTH)
        expire(voucher_ids=[voucher.pk], stamp=stamp(date(2027, 1, 1)))
        author.set_password("a long password")
        author.save()
        identified = identify(username=author.username, password="a long password", now=LATER, stamp=stamp())

    voucher.refresh_from_db()
    assert (voucher.spent_fen, voucher.remaining_fen, voucher.payer) == (100, 0, there.code)
    assert batch.result == {"issued": 12, "already_issued": 0}
    assert selectors.state_of(MONTH).code == "settled"
    assert identified == author


def use(voucher: Voucher, *, key: str) -> Transfer:
    return redeem(
        resident=voucher.resident,
        programme=voucher.programme,
        provider=ProviderFactory(programmes=[voucher.programme]),
        fen=100,
        day=DAY,
        key=key,
        stamp=stamp(DAY),
    )


def issue_to_a_district(programme: Programme, *, district: District) -> Job:
    """Issue to the twelve children of a district by a batch: enough for COPY."""
    acting = stamp(DAY)
    ResidentFactory.create_batch(11, district=district)
    batch = batches.prepare_for_district(offer=Offer.of(programme), district=district, stamp=acting)
    return worked(batches.confirm(batch_id=batch.pk, stamp=acting), acting)


def close(month: date) -> None:
    acting = stamp(next_month(month))
    approved(period_jobs.propose_closing(month=month, stamp=acting), acting)


def settle(month: date) -> None:
    """Issue the statements, net the month once nobody may object any more, and have the bank confirm its payments."""
    worked(Job.objects.get(kind="issue_statements"), stamp(next_month(month)))
    acting = stamp(selectors.objection_window(month).netting_day)
    approved(period_jobs.propose_settling(month=month, stamp=acting), acting)
    for payment in Payment.objects.all():
        arrived(payment=payment, fen=payment.fen, day=acting.booked_on, source=f"bank:{payment.pk}", stamp=acting)


def approved(job: Job, acting: Stamp) -> None:
    jobs.approve(job_id=job.pk, stamp=stamp(acting.booked_on))
    worked(job, acting)


def worked(job: Job, acting: Stamp) -> Job:
    while jobs.run_step(job_id=job.pk, now=LATER, stamp=acting):
        pass
    job.refresh_from_db()
    return job


# The auditor


@in_a_database
def test_an_auditor_reads_the_books() -> None:
    voucher = VoucherFactory()

    with acting_as(AUDITOR):
        books = selectors.books()

    assert books[f"{voucher.payer}/{voucher.programme.code}/cost"] == 72_000


@in_a_database
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_transfer SELECT * FROM ledger_transfer",
        "UPDATE ledger_job SET state = 'done'",
        "DELETE FROM vouchers_accreditation",
        "TRUNCATE django_session",
        "SELECT nextval('ledger_transfer_id_seq')",
        "SELECT id FROM vouchers_voucher FOR UPDATE",
        "SELECT password FROM accounts_user",
        "SELECT key FROM authtoken_token",
        "SELECT session_data FROM django_session",
        "SET session_replication_role = replica",
    ],
)
def test_an_auditor_writes_nothing_and_reads_no_key_to_the_door(statement: str) -> None:
    assert refused(AUDITOR, statement)


# The command


def test_the_owner_migrates_an_empty_database_and_the_grants_are_there(
    databases: Databases, template: str, django_db_blocker: DjangoDbBlocker
) -> None:
    with created(databases, "of_the_owner") as name, django_db_blocker.unblock(), pointed_at(name):
        call_command("create_roles", verbosity=0)
        with acting_as(OWNER):
            call_command("migrate", verbosity=0)
            assert guards.differences() == []
        assert database_roles.live(APP) == database_roles.application()


@in_a_database
def test_a_password_is_stored_as_a_verifier_only() -> None:
    database_roles.create(passwords={AUDITOR: "it's \\ secret"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT rolpassword LIKE %s FROM pg_authid WHERE rolname = %s", ["SCRAM-SHA-256$%", AUDITOR])
        assert cursor.fetchall() == [(True,)]
