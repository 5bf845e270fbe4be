"""Who may do what in PostgreSQL: an owner, the application and an auditor, and one table of grants (docs/adr/0012).

The owner migrates. What the application may not do, no bug and no stolen password of it can do either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db import connection, transaction

from accounts import guards

if TYPE_CHECKING:
    from psycopg.sql import Composed

OWNER, APP, AUDITOR = "tonghui_owner", "tonghui_app", "tonghui_auditor"

LOOK, ADD = "SELECT", "INSERT"
GROWS = (LOOK, ADD)
CHANGES = (LOOK, ADD, "UPDATE")
COMES_AND_GOES = (LOOK, ADD, "DELETE")
#: Whatever is not append only, with what the application may do to it. Locking a row takes UPDATE of some column:
#: a voucher may be handed to another payer; of a resident only what no rule reads may change.
APPLICATION: dict[str, tuple[str, ...]] = {
    "accounts_authority": CHANGES,
    "accounts_district": CHANGES,
    "accounts_guardianship": GROWS,
    "accounts_residence": (*GROWS, "UPDATE (superseded_at)", "UPDATE (known_until)"),
    "accounts_resident": (*GROWS, "UPDATE (registered_in)"),
    "accounts_user": CHANGES,
    "accounts_user_districts": COMES_AND_GOES,
    "accounts_user_groups": (LOOK,),
    "accounts_user_user_permissions": (LOOK,),
    "auth_group": (LOOK,),
    "auth_group_permissions": (LOOK,),
    "auth_permission": (LOOK,),
    "authtoken_token": COMES_AND_GOES,
    "django_admin_log": GROWS,
    "django_content_type": (LOOK,),
    "django_migrations": (LOOK,),
    "django_session": (*CHANGES, "DELETE"),
    "ledger_heartbeat": CHANGES,
    "ledger_job": CHANGES,
    "ledger_journal": (LOOK,),
    "vouchers_accreditation": COMES_AND_GOES,
    "vouchers_issuebatch": (*GROWS, "UPDATE (job_id)"),
    "vouchers_issuebatchitem": GROWS,
    "vouchers_movebatch": (*GROWS, "UPDATE (job_id)"),
    "vouchers_movebatchitem": GROWS,
    "vouchers_movebatchrefusal": GROWS,
    "vouchers_programme": CHANGES,
    "vouchers_provider": CHANGES,
    "vouchers_providerclerk": (*CHANGES, "DELETE"),
    "vouchers_voucher": (*GROWS, "UPDATE (holder_id)"),
    "vouchers_voucherend": COMES_AND_GOES,
}
#: An auditor sees everything but what would let somebody sign in as another.
KEPT_FROM_AUDITORS = {"authtoken_token", "django_session"}
PASSWORDS = ("accounts_user", "password")

#: Two databases of one server may ask at once.
CREATE = """
    DO $$ BEGIN
        CREATE ROLE {role} LOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
"""
OURS = """
    SELECT 'TABLE', oid::regclass::text FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v')
    UNION ALL
    SELECT 'FUNCTION', p.oid::regprocedure::text FROM pg_proc p
     WHERE pronamespace = current_schema()::regnamespace
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
SEQUENCES = """
    SELECT d.refobjid::regclass::text, d.objid::regclass::text
      FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
     WHERE d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
"""
COLUMNS = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = to_regclass(%s::text) AND attnum > 0 AND NOT attisdropped AND attname <> %s ORDER BY attnum
"""
LIVE = """
    WITH held AS (
        SELECT c.relname, a.privilege_type AS privilege, a.grantee
          FROM pg_class c, aclexplode(c.relacl) a
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v')
        UNION ALL
        SELECT c.relname, a.privilege_type || ' (' || t.attname || ')', a.grantee
          FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
         WHERE c.relnamespace = current_schema()::regnamespace
    )
    SELECT relname, array_agg(privilege::text) FROM held
     WHERE grantee = CASE %(role)s::text WHEN 'public' THEN 0 ELSE to_regrole(%(role)s::text) END
     GROUP BY relname
"""


@transaction.atomic
def create(*, passwords: Mapping[str, str]) -> None:
    """Create the roles that are missing, set the passwords given, and make everything the owner's. Needs a superuser.

    A password leaves this process only as its SCRAM verifier.
    """
    from psycopg import sql

    _execute(CREATE.format(role=role) for role in (OWNER, APP, AUDITOR))
    for role, password in passwords.items():
        verifier = connection.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        _execute([sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))])
    database = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    _execute([f"ALTER DATABASE {database} OWNER TO {OWNER}"])
    _execute(f"ALTER {kind} {name} OWNER TO {OWNER}" for kind, name in _rows(OURS))


@transaction.atomic
def grant() -> None:
    """Give each role what it is declared to have, and nothing else."""
    present = set(_tables())
    for role, declared in ((APP, application()), (AUDITOR, auditor())):
        _execute(f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {role}" for kind in ("TABLES", "SEQUENCES"))
        _execute(
            f'GRANT {privilege} ON "{table}" TO {role}'
            for table, privileges in declared.items()
            for privilege in privileges
            if table in present
        )
    adding = {table for table, privileges in application().items() if ADD in privileges}
    _execute(f"GRANT USAGE ON SEQUENCE {name} TO {APP}" for table, name in _rows(SEQUENCES) if table in adding)


def application() -> dict[str, frozenset[str]]:
    """Return what the application may do, by table: to what only grows, nothing but look and add."""
    marks = [guard.name for guard in guards.declared() if guard.name.endswith(guards.APPEND_ONLY)]
    growing = {name.removesuffix(guards.APPEND_ONLY): GROWS for name in marks}
    return {table: frozenset(privileges) for table, privileges in (growing | APPLICATION).items()}


def auditor() -> dict[str, frozenset[str]]:
    """Return what an auditor may do, by table of the live database."""
    users, password = PASSWORDS
    whole = {table: frozenset({LOOK}) for table in _tables() if table not in {*KEPT_FROM_AUDITORS, users}}
    return {**whole, users: frozenset(f"{LOOK} ({name})" for (name,) in _rows(COLUMNS, [users, password]))}


def live(role: str) -> dict[str, frozenset[str]]:
    """Return what a role may do in the live database, by table; ``public`` is everybody."""
    return {str(table): frozenset(privileges) for table, privileges in _rows(LIVE, {"role": role})}


def after_migrating(**_: object) -> None:
    """Grant again, once the tables and the guards are there: a new table begins with no grants."""
    if connection.vendor == "postgresql" and _rows("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]):
        grant()


def _tables() -> list[str]:
    return [name for kind, name in _rows(OURS) if kind == "TABLE"]


def _rows(query: str, parameters: list[str] | dict[str, str] | None = None) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found: list[tuple[str, ...]] = cursor.fetchall()
    return found


def _execute(statements: Iterable[str | Composed]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
