"""The committed document is played against the real application: nothing breaks, and every answer is as documented."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from pytest_django import Settings
from rest_framework.authtoken.models import Token
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from config.wsgi import application
from ledger.services.period_jobs import propose_closing
from tests.api.callers import TODAY, City, caller, claim, redeem
from tests.api.test_document import COMMITTED, operations
from tests.factories import DistrictFactory, UserFactory, stamp
from vouchers.services.cases import request
from vouchers.services.moving import MoveOrder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_served_here")]

SCHEMA = schemathesis.openapi.from_path(COMMITTED)
SCHEMA.app = application
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
FEW = settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
EVERY_OPERATION = [operation["operationId"] for operation in operations()]
THOSE_THAT_TAKE_SOMETHING = [
    operation["operationId"]
    for operation in operations()
    if "requestBody" in operation or any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
]


@pytest.fixture
def _served_here(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]


@contextmanager
def one_connection() -> Iterator[None]:
    """Serve in the test's own transaction: between requests the application would close its connection."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def play(name: str, *, by: User, mode: GenerationMode, about: dict[str, str] | None = None) -> None:
    """Send a few requests made from the document to one operation, and hold every answer against it."""
    token = f"Token {Token.objects.create(user=by).key}"
    cases = SCHEMA.find_operation_by_id(name).as_strategy(mode, path_parameters=about)

    @FEW
    @given(case=cases)
    def sent(case: Case[Any]) -> None:
        case.validate_response(case.call(headers={"Authorization": token}), checks=CHECKS)

    with one_connection():
        sent()


def things(city: City) -> dict[str, dict[str, str]]:
    """Return, by what an operation is about, the part of its address that names something there is."""
    redeem(caller(city.clerk), key="r-1", **claim(city.voucher))
    job = propose_closing(month=date(2026, 1, 1), stamp=stamp(TODAY))
    there = DistrictFactory()
    order = MoveOrder(resident=city.resident, to=there.code, effective_on=TODAY)
    return {
        "move": {"id": str(request(orders=[order], stamp=stamp(TODAY)).pk)},
        "district": {"code": city.home.code},
        "programme": {"code": city.programme.code},
        "provider": {"code": city.provider.code},
        "resident": {"number": city.resident.number},
        "voucher": {"number": city.voucher.number},
        "redemption": {"key": "r-1"},
        "transfer": {"key": "redeem:r-1"},
        "period": {"month": "2026-03"},
        "job": {"id": str(job.pk)},
    }


@pytest.mark.parametrize("name", EVERY_OPERATION)
def test_whatever_an_administrator_sends_is_answered_as_documented(name: str) -> None:
    play(name, by=UserFactory(), mode=GenerationMode.POSITIVE)


@pytest.mark.parametrize("name", THOSE_THAT_TAKE_SOMETHING)
def test_what_the_document_forbids_is_refused(name: str) -> None:
    play(name, by=UserFactory(), mode=GenerationMode.NEGATIVE)


@pytest.mark.parametrize("name", ["redeem", "redeem_many", "reverse_redemption"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["well-formed", "malformed"])
def test_whatever_a_clerk_sends_is_answered_as_documented(city: City, name: str, mode: GenerationMode) -> None:
    play(name, by=city.clerk, mode=mode)


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("get_district", "district"),
        ("get_programme", "programme"),
        ("get_provider", "provider"),
        ("get_resident", "resident"),
        ("get_voucher", "voucher"),
        ("get_move", "move"),
        ("take_step", "move"),
        ("correct_move", "move"),
        ("list_voucher_transfers", "voucher"),
        ("trace_voucher", "voucher"),
        ("get_redemption", "redemption"),
        ("get_transfer", "transfer"),
        ("get_period", "period"),
        ("list_obligations", "period"),
        ("list_positions", "period"),
        ("propose_closing", "period"),
        ("propose_settling", "period"),
        ("get_job", "job"),
        ("approve_job", "job"),
        ("withdraw_job", "job"),
        ("retry_job", "job"),
    ],
)
def test_what_exists_is_answered_as_documented(city: City, name: str, thing: str) -> None:
    named = things(city)[thing]

    play(name, by=UserFactory(), mode=GenerationMode.POSITIVE, about=named)
