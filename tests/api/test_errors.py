"""One shape for everything that is not answered, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

from accounts.api.errors import STATUS_OF_REFUSAL
from accounts.refusals import Refused
from config import api
from tests.api.callers import V1, City, caller, claim, redeem
from tests.factories import UserFactory

SHAPE = ["code", "message", "details", "fields"]


def answer_of(**request: Any) -> Any:
    method, path = request.pop("method"), request.pop("path")
    return getattr(caller(UserFactory()), method)(f"{V1}/{path}", **request)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"method": "post", "path": "residents", "data": {}}, 400, "invalid"),
        ({"method": "post", "path": "residents", "data": "[]", "content_type": "application/json"}, 400, "invalid"),
        ({"method": "post", "path": "residents", "data": "{", "content_type": "application/json"}, 400, "parse_error"),
        ({"method": "get", "path": "vouchers?status=lost"}, 400, "invalid"),
        ({"method": "get", "path": "residents?search=11010519491231002X"}, 400, "invalid"),
        ({"method": "get", "path": "transfers?period=2026-13"}, 400, "invalid"),
        ({"method": "get", "path": "transfers?limit=many"}, 400, "invalid"),
        ({"method": "get", "path": "districts?offset=-1"}, 400, "invalid"),
        ({"method": "post", "path": "redemptions", "data": {}}, 403, "permission_denied"),
        ({"method": "get", "path": "vouchers/NONE"}, 404, "not_found"),
        ({"method": "get", "path": "nothing/here/"}, 404, "not_found"),
        ({"method": "get", "path": "districts/a%0Ab"}, 404, "not_found"),
        ({"method": "post", "path": "nothing", "data": {}}, 404, "not_found"),
        ({"method": "get", "path": "periods/2026-13"}, 404, "not_found"),
        ({"method": "get", "path": "vouchers?cursor=cD1hYmM="}, 404, "not_found"),
        ({"method": "delete", "path": "vouchers"}, 405, "method_not_allowed"),
        ({"method": "options", "path": "vouchers"}, 405, "method_not_allowed"),
        ({"method": "get", "path": "districts", "headers": {"accept": "text/html"}}, 406, "not_acceptable"),
        (
            {"method": "post", "path": "residents", "data": "a", "content_type": "text/plain"},
            415,
            "unsupported_media_type",
        ),
        ({"method": "post", "path": "periods/2026-03/close"}, 409, "month_not_over"),
    ],
)
def test_every_error_has_the_one_shape(request_: dict[str, Any], status: int, code: str) -> None:
    answer = answer_of(**request_)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(answer.json()) == SHAPE


def test_what_breaks_on_our_side_has_the_one_shape_too(rf: RequestFactory) -> None:
    answer = api.server_error(rf.get("/api/v1/vouchers"))

    assert answer.status_code == 500
    assert b'"code": "error"' in answer.content


def test_what_breaks_behind_a_page_is_told_on_a_page(rf: RequestFactory) -> None:
    assert api.server_error(rf.get("/"))["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_the_sentence_comes_in_the_language_asked_for(city: City) -> None:
    asked = [redeem(caller(city.clerk, language=code), **claim(city.voucher, fen=72_001)) for code in ("en", "zh-CN")]

    messages = [answer.json()["message"] for answer in asked]
    assert messages[0].startswith("Only 720.00 yuan are left")
    assert "720.00元" in messages[1]


@pytest.mark.django_db
def test_chinese_is_the_language_of_whoever_asks_for_none() -> None:
    message = APIClient().get(f"{V1}/districts").json()["message"]

    assert message == "请先登录，或者在请求头中附上令牌：“Authorization: Token …”。"


def test_every_refusal_with_a_status_of_its_own_is_still_raised_somewhere() -> None:
    assert STATUS_OF_REFUSAL.keys() <= set(codes_below(Refused))


def codes_below(kind: type[Refused]) -> Iterator[str]:
    for refusal in kind.__subclasses__():
        yield refusal.code
        yield from codes_below(refusal)
