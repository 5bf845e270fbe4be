"""What the database itself insists on, as one declared list.

A guard is SQL that Django's models cannot say: triggers, views, exclusion constraints and storage, for each engine.
Every room declares its own in ``<app>/guards.py``; they are put back after every migration (SQLite drops triggers when
a table is remade) and compared with the live database by :func:`differences`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.db import connections, transaction
from django.db.models import Model
from django.utils.module_loading import module_has_submodule

Engine = str  # "postgresql" or "sqlite", as Django's connection.vendor says

#: One query for each engine that tells everything a guard can be: kind, name, definition.
CATALOGUE = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')",
    "postgresql": """
        SELECT 'trigger', t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
          FROM pg_trigger t WHERE NOT t.tgisinternal
        UNION ALL
        SELECT 'function', p.proname, pg_get_functiondef(p.oid)
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = current_schema() AND p.prokind = 'f'
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = current_schema()
        UNION ALL
        SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'x'
        UNION ALL
        SELECT 'table', relname, array_to_string(reloptions, ',') FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND reloptions IS NOT NULL
    """,
}


#: What a statement of a guard creates.
CREATED = re.compile(
    r"(?:CREATE (?:OR REPLACE )?|ADD )(?P<kind>TRIGGER|FUNCTION|VIEW|CONSTRAINT) (?P<name>\w+)", re.IGNORECASE
)
#: How PostgreSQL's catalogue ends the line of a trigger that is disabled.
SWITCHED_OFF = " D"

#: How the guard of a table that only grows is called, after the table.
APPEND_ONLY = "_is_append_only"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """``create`` and ``drop`` are the statements of each engine; an engine left out needs none."""

    name: str
    create: dict[Engine, Sequence[str]]
    drop: dict[Engine, Sequence[str]]


def declared() -> list[Guard]:
    """Return every guard of every room, in the order in which they must be created."""
    rooms = [a for a in reversed(list(apps.get_app_configs())) if module_has_submodule(a.module, "guards")]
    return [
        guard for room in rooms for guard in import_module(f"{room.name}.guards").GUARDS if isinstance(guard, Guard)
    ]


def append_only(table: str, *, keys: Sequence[Sequence[str]] = ()) -> Guard:
    """Refuse UPDATE, DELETE and TRUNCATE of ``table``; on SQLite also INSERT OR REPLACE over an existing id or key.

    ``keys`` are the columns of its other unique keys; where a key holds for some rows only, the condition stands
    among its columns.
    """
    name, message = f"{table}{APPEND_ONLY}", f"{table} is append only"
    body = f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation';
        END $$"""
    return Guard(
        name=name,
        create={
            "postgresql": [
                body,
                f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
            ],
            "sqlite": [
                f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                for verb in ("UPDATE", "DELETE")
            ]
            + [
                f"CREATE TRIGGER {name}_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS ({taken(table, keys)}) BEGIN SELECT RAISE(ABORT, '{message}'); END"
            ],
        },
        drop={
            "postgresql": [f"DROP TRIGGER IF EXISTS {name} ON {table}", f"DROP FUNCTION IF EXISTS {name}()"],
            "sqlite": [f"DROP TRIGGER IF EXISTS {name}_{part}" for part in ("update", "delete", "replace")],
        },
    )


def taken(table: str, keys: Sequence[Sequence[str]] = ()) -> str:
    """Return the query for rows that an INSERT OR REPLACE would put NEW in the place of, past any delete trigger."""
    same = (" AND ".join(map(_same, key)) for key in (("id",), *keys))
    return f"SELECT 1 FROM {table} WHERE " + " OR ".join(f"({key})" for key in same)


def _same(part: str) -> str:
    return part if " " in part else f"{part} = NEW.{part}"


RESIDENCE, USER = "accounts_residence", "accounts_user"
#: Anything but marking a spell superseded, once.
UNLAWFUL_CHANGE = "OLD.superseded_at IS NOT NULL OR " + " OR ".join(
    f'OLD."{column}" IS DISTINCT FROM NEW."{column}"'
    for column in ("id", "resident_id", "district_id", "start", "end", "confirmed", "known_from", "recorded_at")
)
OVERLAP = f"""
    SELECT 1 FROM {RESIDENCE} r
     WHERE r.resident_id = NEW.resident_id AND r.superseded_at IS NULL AND r.id <> coalesce(NEW.id, -1)
       AND r.start < coalesce(NEW."end", '9999-12-31') AND NEW.start < coalesce(r."end", '9999-12-31')
"""
SQLITE_KEEPS_USERS = "BEGIN SELECT RAISE(ABORT, 'user is never deleted'); END"

GUARDS = [
    append_only("accounts_auditevent"),
    append_only("accounts_death"),
    append_only("accounts_deathtakenback", keys=[("death_id",)]),
    append_only("accounts_residentmerge"),
    append_only("accounts_mergetakenback", keys=[("merge_id",)]),
    append_only("accounts_doubleregistration"),
    append_only("accounts_doubleregistrationanswer", keys=[("registration_id",)]),
    append_only("accounts_districtmerger", keys=[("predecessor_id",)]),
    Guard(
        # The books name users by their ids, without a foreign key that would keep them (docs/adr/0016).
        name="user_is_never_deleted",
        create={
            "postgresql": [
                """
                CREATE OR REPLACE FUNCTION user_is_never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'user is never deleted' USING ERRCODE = 'restrict_violation';
                END $$""",
                f"CREATE TRIGGER user_is_never_deleted BEFORE DELETE OR TRUNCATE OR UPDATE OF id ON {USER} "
                "FOR EACH STATEMENT EXECUTE FUNCTION user_is_never_deleted()",
                f"ALTER TABLE {USER} ENABLE ALWAYS TRIGGER user_is_never_deleted",
            ],
            "sqlite": [
                f"CREATE TRIGGER user_is_never_deleted BEFORE DELETE ON {USER} {SQLITE_KEEPS_USERS}",
                f"CREATE TRIGGER user_is_never_replaced BEFORE INSERT ON {USER} "
                f"WHEN EXISTS ({taken(USER, [('username',), ('resident_id',)])}) {SQLITE_KEEPS_USERS}",
                f"CREATE TRIGGER user_keeps_its_id BEFORE UPDATE ON {USER} WHEN NEW.id <> OLD.id "
                f"OR EXISTS (SELECT 1 FROM {USER} WHERE id <> OLD.id "
                f"AND (username = NEW.username OR resident_id = NEW.resident_id)) {SQLITE_KEEPS_USERS}",
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS user_is_never_deleted ON {USER}",
                "DROP FUNCTION IF EXISTS user_is_never_deleted()",
            ],
            "sqlite": [
                "DROP TRIGGER IF EXISTS user_is_never_deleted",
                "DROP TRIGGER IF EXISTS user_keeps_its_id",
                "DROP TRIGGER IF EXISTS user_is_never_replaced",
            ],
        },
    ),
    Guard(
        name="residence_is_only_superseded",
        create={
            "postgresql": [
                """
                CREATE OR REPLACE FUNCTION residence_is_only_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'residence is only superseded' USING ERRCODE = 'restrict_violation';
                END $$""",
                f"CREATE TRIGGER residence_is_only_superseded BEFORE UPDATE ON {RESIDENCE} FOR EACH ROW "
                f"WHEN ({UNLAWFUL_CHANGE}) EXECUTE FUNCTION residence_is_only_superseded()",
                f"CREATE TRIGGER residence_is_never_deleted BEFORE DELETE OR TRUNCATE ON {RESIDENCE} "
                "FOR EACH STATEMENT EXECUTE FUNCTION residence_is_only_superseded()",
                f"ALTER TABLE {RESIDENCE} ENABLE ALWAYS TRIGGER residence_is_only_superseded",
                f"ALTER TABLE {RESIDENCE} ENABLE ALWAYS TRIGGER residence_is_never_deleted",
            ],
            "sqlite": [
                f"CREATE TRIGGER residence_is_only_superseded BEFORE UPDATE ON {RESIDENCE} "
                f"WHEN {UNLAWFUL_CHANGE.replace('IS DISTINCT FROM', 'IS NOT')} "
                "BEGIN SELECT RAISE(ABORT, 'residence is only superseded'); END",
                f"CREATE TRIGGER residence_is_never_deleted BEFORE DELETE ON {RESIDENCE} "
                "BEGIN SELECT RAISE(ABORT, 'residence is only superseded'); END",
                f"CREATE TRIGGER residence_is_never_replaced BEFORE INSERT ON {RESIDENCE} "
                f"WHEN EXISTS ({taken(RESIDENCE)}) BEGIN SELECT RAISE(ABORT, 'residence is only superseded'); END",
            ],
        },
        drop={
            "postgresql": [
                f"DROP TRIGGER IF EXISTS residence_is_only_superseded ON {RESIDENCE}",
                f"DROP TRIGGER IF EXISTS residence_is_never_deleted ON {RESIDENCE}",
                "DROP FUNCTION IF EXISTS residence_is_only_superseded()",
            ],
            "sqlite": [
                "DROP TRIGGER IF EXISTS residence_is_only_superseded",
                "DROP TRIGGER IF EXISTS residence_is_never_deleted",
                "DROP TRIGGER IF EXISTS residence_is_never_replaced",
            ],
        },
    ),
    Guard(
        name="residence_spells_do_not_overlap",
        create={
            "postgresql": [
                "CREATE EXTENSION IF NOT EXISTS btree_gist",
                f"ALTER TABLE {RESIDENCE} ADD CONSTRAINT residence_spells_do_not_overlap EXCLUDE USING gist "
                '(resident_id WITH =, daterange(start, "end") WITH &&) WHERE (superseded_at IS NULL)',
            ],
            "sqlite": [
                f"CREATE TRIGGER residence_spells_do_not_overlap_{verb.lower()} BEFORE {verb} ON {RESIDENCE} "
                f"WHEN NEW.superseded_at IS NULL AND EXISTS ({OVERLAP}) "
                "BEGIN SELECT RAISE(ABORT, 'residence spells do not overlap'); END"
                for verb in ("INSERT", "UPDATE")
            ],
        },
        drop={
            "postgresql": [
                f"ALTER TABLE IF EXISTS {RESIDENCE} DROP CONSTRAINT IF EXISTS residence_spells_do_not_overlap"
            ],
            "sqlite": [f"DROP TRIGGER IF EXISTS residence_spells_do_not_overlap_{v}" for v in ("insert", "update")],
        },
    ),
]


def install(*, using: str = "default") -> None:
    """Create every guard anew, in one transaction."""
    remove(using=using)
    _execute((s for g in declared() for s in g.create.get(_vendor(using), ())), using=using)


def remove(*, using: str = "default") -> None:
    """Drop every guard: SQLite cannot change a table that a view reads."""
    _execute((s for g in reversed(declared()) for s in g.drop.get(_vendor(using), ())), using=using)


def before_migrating(*, using: str, **_: object) -> None:
    """Take the guards away while tables change."""
    remove(using=using)


def after_migrating(*, using: str, **_: object) -> None:
    """Put them back, once every room has its tables."""
    if all(model._meta.db_table in connections[using].introspection.table_names() for model in _stored_models()):
        install(using=using)


def live(*, using: str = "default") -> dict[tuple[str, str], str]:
    """Return what the database holds: definition by kind and name."""
    with connections[using].cursor() as cursor:
        cursor.execute(CATALOGUE[_vendor(using)])
        return {(str(kind), str(name)): str(definition) for kind, name, definition in cursor.fetchall()}


def differences(*, using: str = "default") -> list[str]:
    """Return what differs between the list and the live database, as ``kind name``: changed, missing or foreign.

    The declared list is created anew inside a transaction that is rolled back, so that the engine itself
    says what each definition should look like. What is left when the list is taken away is foreign.
    """
    before = live(using=using)
    with transaction.atomic(using=using):
        remove(using=using)
        foreign = live(using=using).keys()
        install(using=using)
        after = {key: definition for key, definition in live(using=using).items() if key not in foreign}
        transaction.set_rollback(True, using=using)
    names = sorted(before.keys() | after.keys())
    return [f"{kind} {name}" for kind, name in names if before.get((kind, name)) != after.get((kind, name))]


def missing(*, using: str = "default") -> list[str]:
    """Return what of the list is not there or switched off, as ``kind name``: by names alone, so it is cheap."""
    statements = (statement for guard in declared() for statement in guard.create.get(_vendor(using), ()))
    wanted = {(found["kind"].lower(), found["name"]) for text in statements for found in CREATED.finditer(text)}
    there = {key for key, definition in live(using=using).items() if not definition.endswith(SWITCHED_OFF)}
    return [f"{kind} {name}" for kind, name in sorted(wanted - there)]


def _stored_models() -> Iterable[type[Model]]:
    return (model for model in apps.get_models() if model._meta.managed)


def _vendor(using: str) -> Engine:
    return connections[using].vendor


def _execute(statements: Iterable[str], *, using: str) -> None:
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
