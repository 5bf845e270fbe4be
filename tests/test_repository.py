"""Claims about the repository itself."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.database_roles import APP, OWNER
from config.probes import PROBES

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
REQUIREMENTS = [ROOT / "requirements" / name for name in ("base.txt", "dev.txt", "bench.txt")]
#: Whatever a newcomer expects in the top folder, and nothing else.
TOP = {
    ".ci",
    ".dockerignore",
    ".env.example",
    ".gitignore",
    "CHANGELOG.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "README.zh-Hans.md",
    "accounts",
    "config",
    "docker-compose.yml",
    "docs",
    "ledger",
    "manage.py",
    "pyproject.toml",
    "requirements",
    "tests",
    "vouchers",
}


def tracked(*paths: str) -> list[str]:
    """Return the files that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z", *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split("\0") if path]


def settings_read() -> set[str]:
    """Return the names that config/settings.py asks the environment for."""
    calls = [
        node for node in ast.walk(ast.parse((ROOT / "config/settings.py").read_text())) if isinstance(node, ast.Call)
    ]
    asked = [call for call in calls if ast.unparse(call.func).startswith("env.") or ast.unparse(call.func) == "secret"]
    return {str(call.args[0].value) for call in asked if isinstance(call.args[0], ast.Constant)}


def test_the_top_folder_holds_what_a_newcomer_expects() -> None:
    assert {path.partition("/")[0] for path in tracked()} == TOP


def test_every_dependency_says_why_it_is_there() -> None:
    lists = re.findall(r"^(?:dependencies|dev|bench) = \[\n(.*?)^\]", PYPROJECT, flags=re.DOTALL | re.MULTILINE)
    lines = [line for block in lists for line in block.splitlines()]

    assert len(lists) == 3
    assert [line for line in lines if not re.fullmatch(r'\s+"[^"]+",\s+# \S.{10,}', line)] == []


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_hashes_and_names_no_host(path: Path) -> None:
    text = path.read_text()
    pins = re.findall(r"^\S.*?(?=^\S|\Z)", text, flags=re.DOTALL | re.MULTILINE)

    assert "://" not in text and "--index" not in text
    assert [
        pin for pin in pins if not re.match(r"[\w.\[\],-]+==\S+.*\n(    --hash=sha256:[0-9a-f]{64}.*\n)+", pin)
    ] == []


def test_what_developers_install_agrees_with_what_runs() -> None:
    pins = [dict(re.findall(r"^(\S+)==(\S+)", path.read_text(), flags=re.MULTILINE)) for path in REQUIREMENTS]
    runs, develops, measures = pins

    assert runs.items() - develops.items() == set()
    assert {name for name in measures.keys() & develops.keys() if measures[name] != develops[name]} == set()


def test_every_declared_dependency_is_pinned() -> None:
    project = tomllib.loads(PYPROJECT)["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["dev"], *extras["bench"]]
    names = {re.split(r"[\[~=>]", line)[0].lower().replace("_", "-") for line in declared}
    pinned = {name for path in REQUIREMENTS for name in re.findall(r"^([\w.-]+)", path.read_text(), flags=re.MULTILINE)}

    assert names - pinned == set()


def test_the_example_names_every_setting_read_from_the_environment() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", ENV_EXAMPLE, flags=re.MULTILINE))

    assert settings_read() - named == {"FIELD_ENCRYPTION_KEY_1"}  # made on the spot, never given


def test_the_example_names_everything_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^([A-Z_]+)=", ENV_EXAMPLE, flags=re.MULTILINE))

    assert asked - named == set()


def test_the_composition_holds_no_secret() -> None:
    values = COMPOSE["services"]["web"]["environment"] | COMPOSE["services"]["postgres"]["environment"]
    secrets = {name: value for name, value in values.items() if re.search("KEY|PASSWORD|URL", name)}

    assert len(secrets) == 7
    assert [name for name, value in secrets.items() if not value.startswith("${")] == []


def test_only_passing_containers_may_change_the_tables_and_the_lasting_ones_serve_as_the_application() -> None:
    example = dict(re.findall(r"^([A-Z_]*DATABASE_URL)=postgresql://(\w+):", ENV_EXAMPLE, flags=re.MULTILINE))
    ours = {name: service for name, service in COMPOSE["services"].items() if "environment" in service}
    users = {
        name: example[re.sub(r"\$\{(\w+).*", r"\1", service["environment"]["DATABASE_URL"])]
        for name, service in ours.items()
        if "DATABASE_URL" in service["environment"]
    }

    assert users == {
        "roles": COMPOSE["services"]["postgres"]["environment"]["POSTGRES_USER"],
        "upkeep": COMPOSE["services"]["postgres"]["environment"]["POSTGRES_USER"],
        "migrate": OWNER,
        **dict.fromkeys(["web", "worker", "beat"], APP),
    }


def test_a_worker_begins_where_its_processes_share_what_they_count() -> None:
    assert "--app=config.worker" in COMPOSE["services"]["worker"]["command"]


def test_every_lasting_service_has_a_health_check() -> None:
    lasting = {name: service for name, service in COMPOSE["services"].items() if service["restart"] != "no"}

    assert set(lasting) == {"web", "worker", "beat", "postgres", "redis"}
    assert [name for name, service in lasting.items() if "healthcheck" not in service] == []


@pytest.mark.parametrize("service", PROBES)
def test_our_own_services_are_probed_by_our_own_probes(service: str) -> None:
    assert COMPOSE["services"][service]["healthcheck"]["test"][-2:] == ["config.probes", service]


def test_redis_keeps_messages_and_evicts_none() -> None:
    command = " ".join(COMPOSE["services"]["redis"]["command"])

    assert "--appendonly yes" in command and "--maxmemory-policy noeviction" in command


def test_what_is_built_is_not_committed() -> None:
    assert tracked("*.mo", "config/static/build", "var", ".venv", "*.sqlite3") == []


SCOPED = {"visible_to", "administered_by", "kept_by", "none"}


def bare_managers(path: str) -> list[str]:
    """Return the lines of a module that ask a model for rows without saying for whom."""
    nodes = list(ast.walk(ast.parse((ROOT / path).read_text())))
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    scoped = {id(node.value) for node in attributes if node.attr in SCOPED}
    return [f"{path}:{node.lineno}" for node in attributes if node.attr == "objects" and id(node) not in scoped]


def test_pages_and_api_ask_for_no_row_without_saying_for_whom() -> None:
    rooms = r"(accounts|ledger|vouchers|config)/(views|api|\w+_views)\b"
    interfaces = [path for path in tracked("*.py") if re.match(rooms, path)]

    assert len(interfaces) > 30
    assert [line for path in interfaces for line in bare_managers(path)] == []
