"""How the tests run: on which engine, against which servers, and the fixtures that hand them out.

``--engine=postgresql`` (the default) runs everything, ``--engine=sqlite`` again what touches the database, but of pages
and API only the first test of each file, and ``--engine=none`` only what does not. Servers and databases are private to
the run and gone after it.

A test marked ``django_db`` is rolled back. One that needs real commits (threads, processes, a browser) takes
``committed_db``, ``celery_worker`` or ``live_site`` instead: it gets a database of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings as django_settings
from django.utils import translation

from tests.support.postgres import PostgresServer
from tests.support.programs import find
from tests.support.worker import CeleryWorker

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker, Settings

    from tests.support.databases import Databases
    from tests.support.redis import RedisServer
    from tests.support.site import LiveSite

ENGINES = ("postgresql", "sqlite", "none")
#: A developer's own settings never reach a test.
FORGOTTEN = (
    "ALLOWED_HOSTS",
    "APP_PASSWORD",
    "AUDITOR_PASSWORD",
    "BEHIND_TLS_PROXY",
    "CSRF_TRUSTED_ORIGINS",
    "DEBUG",
    "DEMO",
    "FIELD_ENCRYPTION_KEYS",
    "FIELD_HASH_KEY",
    "LEDGER_SIGNING_KEY",
    "METRICS_PORT",
    "METRICS_TOKEN",
    "OWNER_PASSWORD",
    "PROMETHEUS_MULTIPROC_DIR",
    "REDIS_URL",
    "SECRET_KEY",
    "STATIC_ROOT",
)
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
ROLLED_BACK, COMMITTED = "db", "committed_db"
FLUSHING = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}
DEPLOYED = {"redis_server", "browser"}
#: Folders and files of tests that ask services through pages or the API. The services are held on both engines.
SHOWING = {"pages", "test_pages", "api", "test_api"}

# The run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, default=ENGINES[0], help="the database; none: pure tests")
    parser.addoption("--chaos", action="store_true", help="every fault for every kind of job, at its full length")


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the servers and the environment, once, before Django reads its settings; xdist's workers inherit both."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="tonghui-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    server = f"sqlite:///{folder}/unused.sqlite3"
    if config.getoption("engine") == "postgresql" and not config.option.collectonly:
        server = os.environ.get("TEST_DATABASE_URL") or _start_postgres(config)
    for name in FORGOTTEN:
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright keeps an event loop in the thread of the test
        "TESTING": "1",
        "VAR_DIR": str(folder),
        "DATABASE_URL": server,
    }
    assert not django_settings.configured, "DJANGO_SETTINGS_MODULE is set: Django read its settings too early"
    django.setup()


def _start_postgres(config: pytest.Config) -> str:
    server = PostgresServer()
    config.add_cleanup(server.stop)
    return server.url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to each engine its own tests, and refuse what append-only tables cannot bear."""
    for item in items:
        _refuse_flushing(item)
    engine = config.getoption("engine")
    shown: set[Path] = set()
    kept: list[pytest.Item] = []
    for item in items:
        if engine in _engines_of(item) and not (engine == "sqlite" and item.path in shown and _only_shows(item)):
            kept.append(item)
            shown.add(item.path)
    running = set(kept)
    if left_out := [item for item in items if item not in running]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _only_shows(item: pytest.Item) -> bool:
    """Return whether one test of its file is enough on SQLite: all of them run on PostgreSQL."""
    return bool(SHOWING & {item.path.parent.name, item.path.stem}) and not item.get_closest_marker("embedded")


def _engines_of(item: pytest.Item) -> set[str]:
    """Return the values of ``--engine`` with which a test runs."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("deployed") or fixtures & DEPLOYED:
        return {"postgresql"}
    if item.get_closest_marker("embedded"):
        return {"sqlite"}
    if item.get_closest_marker("django_db") or fixtures & {ROLLED_BACK, COMMITTED, "template"}:
        return {"postgresql", "sqlite"}
    return {"postgresql", "none"}


def _refuse_flushing(item: pytest.Item) -> None:
    fixtures, marker = set(getattr(item, "fixturenames", ())), item.get_closest_marker("django_db")
    if fixtures & FLUSHING or (marker and (marker.args or marker.kwargs.get("transaction"))):
        raise pytest.UsageError(f"{item.nodeid}: append-only tables cannot be flushed; take committed_db or live_site.")
    if COMMITTED in fixtures and (marker or ROLLED_BACK in fixtures):
        raise pytest.UsageError(f"{item.nodeid}: take django_db (rolled back) or committed_db (committed), not both.")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skipped check is no check: where a machine judges, it fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        reporter.write_line("Skipped tests fail the run when CI is set.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# Language


@pytest.fixture(autouse=True)
def _default_language() -> None:
    """Begin each test in the default language: Django's test client leaves that of the last page behind."""
    translation.deactivate()


# Databases


@pytest.fixture(scope="session")
def databases(worker_id: str) -> Databases:
    """Where this process makes its databases; the engine is the run's."""
    from tests.support.databases import PostgresDatabases, SqliteDatabases

    prefix = f"tonghui_test_{os.getpid()}_{worker_id}"
    if os.environ["DATABASE_URL"].startswith("sqlite"):
        return SqliteDatabases(Path(os.environ["VAR_DIR"]), prefix)
    return PostgresDatabases(os.environ["DATABASE_URL"], prefix)


@pytest.fixture(scope="session")
def template(django_test_environment: None, databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a migrated database that nobody connects to, to be copied."""
    from tests.support.databases import created, migrate

    with created(databases, "template") as name:
        with django_db_blocker.unblock():
            migrate(name)
        yield name


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, template: str) -> Iterator[None]:
    """Put a copy of the template where pytest-django would make a test database."""
    from tests.support.databases import created, pointed_at

    with created(databases, "rolled_back", template=template) as name, pointed_at(name):
        yield


_numbers = count(1)


@pytest.fixture
def committed_db(
    databases: Databases, template: str, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A migrated database of the test's own, with real commits, seen by threads and (as DATABASE_URL) by processes.

    Yields its URL. Threads that the test starts close their own connections (``tests.support.crowd`` does).
    """
    from tests.support.databases import created, pointed_at

    with created(databases, f"committed_{next(_numbers)}", template=template) as name:
        monkeypatch.setenv("DATABASE_URL", databases.url(name))
        with django_db_blocker.unblock(), pointed_at(name):
            yield databases.url(name)


# Servers and processes


@pytest.fixture
def redis_server(tmp_path: Path, settings: Settings) -> Iterator[RedisServer]:
    """A private Redis, made the broker of this process; the test may stop, start and flush it."""
    from tests.support.redis import RedisServer, made_the_broker

    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis")
    settings.REDIS_URL = server.url
    with made_the_broker(server):
        yield server
    server.stop()


@pytest.fixture
def celery_worker(committed_db: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[CeleryWorker]:
    """A real worker process on ``committed_db`` and ``redis_server``, ready; ``kill()`` it and ``start()`` it again."""
    environment = {"DATABASE_URL": committed_db, "REDIS_URL": redis_server.url}
    worker = CeleryWorker(environment=environment, log=tmp_path / "worker.log")
    worker.start()
    yield worker
    worker.kill()


# Browser


@pytest.fixture
def live_site(committed_db: str, settings: Settings) -> Iterator[LiveSite]:
    """The real site at ``live_site.url`` on ``committed_db``; ``live_site.sign_in(context, user)`` opens the door."""
    from tests.support.site import LiveSite

    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    site = LiveSite()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the machine's own Chromium."""
    return {**browser_type_launch_args, "executable_path": find("chromium"), "args": BROWSER_OPTIONS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A browser in Shanghai that asks for Chinese."""
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def as_the_application(db: None) -> Iterator[None]:
    """On PostgreSQL, act with the rights of the application: tests sign in as a superuser, whom nothing is refused."""
    from django.db import connection

    from config.database_roles import APP

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {APP}")
        yield
        cursor.execute("RESET ROLE")
