"""What stands around every page: the door, the way home, the language, and the words when something goes wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, path, reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AuditEvent, Role, User
from accounts.refusals import Refused
from accounts.services.signing_in import FAILURES_ALLOWED, WINDOW
from config.navigation import HOME, LINKS
from config.urls import urlpatterns as real_addresses
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

PASSWORD = "synthetic-pass-1"
NOON = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)


class NothingLeft(Refused):
    """A refusal to look at."""

    code = "nothing_left"
    sentence = "Only %(left)s yuan are left."


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "welcome.html")


def refuse(request: HttpRequest) -> HttpResponse:
    raise NothingLeft(left="12.50")


def break_down(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def turn_away(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def distrust(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


NAMES = {name for links in LINKS.values() for name, _label in links} | set(HOME.values())
urlpatterns = [
    *(path(f"{name}/", page, name=name) for name in sorted(NAMES)),
    path("residents/one/", page),
    path("refuse/", refuse),
    path("break-down/", break_down),
    path("turn-away/", turn_away),
    path("distrust/", distrust),
    *real_addresses,
]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Hash quickly: how slow a hash is, is not what these tests are about."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def user_with_password(**values: object) -> User:
    user = UserFactory.create(**values)
    user.set_password(PASSWORD)
    user.save()
    return user


def try_to_sign_in(client: Client, user: User, password: str = PASSWORD) -> str:
    """Press the button at the door and return the page that answers."""
    form = {"username": user.username, "password": password}
    return client.post("/sign-in/", form, follow=True).content.decode()


def fail(client: Client, user: User, times: int) -> None:
    for _attempt in range(times):
        try_to_sign_in(client, user, "wrong")


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def in_english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


# The way home


@pytest.mark.parametrize("role", Role)
def test_each_role_is_sent_to_its_own_first_page(client: Client, role: Role) -> None:
    client.force_login(UserFactory.create(role=role))

    response = client.get("/")

    assert response["Location"] == f"/{HOME[role]}/"


def test_a_stranger_is_told_what_this_is_and_where_the_door_is(client: Client) -> None:
    html = client.get("/").content.decode()

    assert "服务券属于个人" in html and 'href="/sign-in/"' in html


def test_every_link_of_the_navigation_leads_somewhere() -> None:
    assert [name for name in sorted(NAMES) if not has_address(name)] == []


def has_address(name: str) -> bool:
    try:
        return bool(reverse(name, urlconf="config.urls"))
    except NoReverseMatch:
        return False


def test_the_navigation_marks_the_page_and_the_part_one_is_in(client: Client) -> None:
    client.force_login(UserFactory.create(role=Role.AUDITOR))

    here = client.get("/residents/").content.decode()
    below = client.get("/residents/one/").content.decode()

    assert re.findall(r'href="(\S+)" aria-current="(\w+)"', here) == [("/residents/", "page")]
    assert re.findall(r'href="(\S+)" aria-current="(\w+)"', below) == [("/residents/", "true")]


def test_a_page_says_who_is_signed_in_and_who_printed_it(client: Client) -> None:
    client.force_login(UserFactory.create(role=Role.AUDITOR, name="孙审计"))

    with time_machine.travel(NOON, tick=False):
        html = client.get("/periods/").content.decode()

    assert '孙审计<span class="th-tools__role"> · 审计员<' in html and "孙审计打印于2026年3月16日 12:00。" in html


# The door


def test_the_right_password_opens_the_door(client: Client) -> None:
    html = try_to_sign_in(client, user_with_password(role=Role.AUDITOR))

    assert 'aria-current="page">账期</a>' in html and is_signed_in(client)


def test_the_door_leads_on_to_the_page_that_was_asked_for(client: Client) -> None:
    user = user_with_password()

    response = client.post("/sign-in/?next=/periods/", {"username": user.username, "password": PASSWORD})

    assert response["Location"] == "/periods/"


def test_a_wrong_password_is_answered_in_words_and_keeps_the_name(client: Client) -> None:
    user = user_with_password(username="wang")

    html = try_to_sign_in(client, user, "wrong")

    assert "用户名或密码不对" in html and 'value="wang"' in html and "wrong" not in html
    assert re.search(r"<title>错误：", html) and not is_signed_in(client)


def test_an_unknown_name_gets_the_same_answer_and_leaves_no_trace(client: Client) -> None:
    html = client.post("/sign-in/", {"username": "nobody", "password": "x"}).content.decode()

    assert "用户名或密码不对" in html and not AuditEvent.objects.exists()


def test_after_ten_failures_even_the_right_password_is_refused(client: Client) -> None:
    user = user_with_password()
    fail(client, user, FAILURES_ALLOWED)

    html = try_to_sign_in(client, user)

    assert "请等15分钟后再试" in html and not is_signed_in(client)


def test_nine_failures_do_not_close_the_door(client: Client) -> None:
    user = user_with_password()
    fail(client, user, FAILURES_ALLOWED - 1)

    try_to_sign_in(client, user)

    assert is_signed_in(client)


def test_the_door_opens_again_after_a_quarter_of_an_hour(client: Client) -> None:
    user = user_with_password()
    with time_machine.travel(NOON, tick=False):
        fail(client, user, FAILURES_ALLOWED)

    with time_machine.travel(NOON + WINDOW + timedelta(seconds=1), tick=False):
        try_to_sign_in(client, user)

        assert is_signed_in(client)


def test_a_sign_in_forgives_the_failures_before_it(client: Client) -> None:
    user = user_with_password()
    fail(client, user, FAILURES_ALLOWED - 1)
    try_to_sign_in(client, user)
    client.post("/sign-out/")
    fail(client, user, 1)

    try_to_sign_in(client, user)

    assert is_signed_in(client)


def test_the_failures_of_one_do_not_shut_out_another(client: Client) -> None:
    fail(client, user_with_password(), FAILURES_ALLOWED)

    try_to_sign_in(client, user_with_password())

    assert is_signed_in(client)


def test_a_user_who_was_made_inactive_stays_outside(client: Client) -> None:
    try_to_sign_in(client, user_with_password(is_active=False))

    assert not is_signed_in(client)


def test_the_back_office_uses_the_same_door(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")

    assert response["Location"] == "/sign-in/?next=/admin/"


def test_signing_out_takes_a_press_of_a_button(client: Client) -> None:
    client.force_login(UserFactory.create())

    assert client.get("/sign-out/").status_code == 405 and is_signed_in(client)
    assert client.post("/sign-out/")["Location"] == "/" and not is_signed_in(client)


# The people of the demonstration


def test_a_demonstration_offers_its_people(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    UserFactory.create(username="demo-lin", role=Role.RESIDENT, name="林小雨")
    UserFactory.create(username="wang", name="王建国")

    html = client.get("/sign-in/").content.decode()

    assert re.findall(r'name="username" value="([^"]+)"', html) == ["demo-lin"]
    assert ">林小雨<" in html and ">学期中搬家<" in html


def test_one_press_makes_a_visitor_one_of_them(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    lin = UserFactory.create(username="demo-lin", role=Role.RESIDENT)

    response = client.post("/sign-in/as/", {"username": "demo-lin", "next": "/history/"})

    assert response["Location"] == "/history/" and client.session["_auth_user_id"] == str(lin.pk)


@pytest.mark.parametrize(
    "values",
    [
        {"username": "wang"},
        {"username": "demo-root", "is_superuser": True},
        {"username": "demo-staff", "is_staff": True},
        {"username": "demo-gone", "is_active": False},
    ],
)
def test_nobody_else_can_be_become(client: Client, settings: Settings, values: dict[str, object]) -> None:
    settings.DEMO = True
    UserFactory.create(**values)

    response = client.post("/sign-in/as/", {"username": values["username"]})

    assert response.status_code == 404 and not is_signed_in(client)


def test_outside_a_demonstration_nobody_can_be_become(client: Client, settings: Settings) -> None:
    settings.DEMO = False
    UserFactory.create(username="demo-lin", role=Role.RESIDENT)

    assert "demo-lin" not in client.get("/sign-in/").content.decode()
    assert client.post("/sign-in/as/", {"username": "demo-lin"}).status_code == 404
    assert not is_signed_in(client)


def test_only_a_demonstration_says_that_it_is_one(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    demonstration = client.get("/").content.decode()
    settings.DEMO = False
    service = client.get("/").content.decode()

    assert "演示系统" in demonstration and "演示系统" not in service


# Language and text size


def test_the_language_changes_and_the_page_stays(client: Client) -> None:
    response = client.post("/language/", {"language": "en", "next": "/sign-in/?next=/periods/"})

    assert response["Location"] == "/sign-in/?next=/periods/"
    assert '<html class="govuk-template" lang="en">' in client.get(response["Location"]).content.decode()


def test_a_page_is_chinese_unless_asked_otherwise(client: Client) -> None:
    html = client.get("/").content.decode()

    assert 'lang="zh-Hans"' in html and 'name="language" value="en"' in html


def test_large_text_is_one_press_away_and_back(client: Client) -> None:
    client.post("/text-size/", {"large": "1", "next": "/"})
    large = client.get("/").content.decode()
    client.post("/text-size/", {"large": "0", "next": "/"})
    normal = client.get("/").content.decode()

    assert "th-large-text" in large and "th-large-text" not in normal


@pytest.mark.parametrize("address", ["/text-size/", "/language/", "/sign-in/as/"])
def test_no_switch_sends_a_visitor_to_another_site(client: Client, settings: Settings, address: str) -> None:
    settings.DEMO = True
    UserFactory.create(username="demo-lin", role=Role.RESIDENT)

    form = {"next": "https://elsewhere.example/", "username": "demo-lin", "language": "en"}

    assert client.post(address, form)["Location"] == "/"


# When something goes wrong

PROBLEMS = [
    ("/distrust/", 400, "无法读懂这个请求", "We could not read this request"),
    ("/turn-away/", 403, "您的角色不能看这个页面", "This page is not for your role"),
    ("/nowhere/", 404, "没有这个页面", "There is no such page"),
    ("/break-down/", 500, "我们这边出了问题", "Something went wrong on our side"),
]


@pytest.mark.parametrize(("address", "status", "chinese", "english"), PROBLEMS)
def test_a_problem_is_told_in_both_languages(
    client: Client, address: str, status: int, chinese: str, english: str
) -> None:
    client.raise_request_exception = False

    in_chinese, in_other = client.get(address), in_english(client).get(address)

    assert (in_chinese.status_code, in_other.status_code) == (status, status)
    assert chinese in in_chinese.content.decode() and english in in_other.content.decode()


def test_the_page_of_a_fault_of_ours_asks_the_database_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.raise_request_exception = False

    with django_assert_num_queries(0):
        client.get("/break-down/")


def test_a_form_that_is_too_old_says_that_nothing_was_saved() -> None:
    response = Client(enforce_csrf_checks=True).post("/text-size/", {"large": "1"})

    assert response.status_code == 403 and "没有保存任何内容" in response.content.decode()


def test_a_refusal_that_no_view_caught_becomes_a_page_in_words(client: Client) -> None:
    response = client.get("/refuse/")

    assert response.status_code == 409 and "Only 12.50 yuan are left." in response.content.decode()


# Every page


@pytest.mark.parametrize("address", ["/", "/sign-in/", "/nowhere/", "/refuse/", "/periods/"])
def test_every_page_has_one_heading_and_a_way_past_the_navigation(client: Client, address: str) -> None:
    html = client.get(address).content.decode()

    assert html.count("<h1") == 1 and html.count("<title>") == 1
    assert 'href="#main"' in html and 'id="main"' in html


@pytest.mark.parametrize("address", ["/", "/sign-in/", "/nowhere/", "/refuse/", "/periods/"])
def test_no_page_carries_what_the_security_policy_refuses(client: Client, address: str) -> None:
    response = client.get(address)
    html = response.content.decode()

    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=\"/)", html) == []


# Building blocks


def drawn(source: str, address: str = "/", **values: object) -> str:
    context = Context({"request": RequestFactory().get(address), **values})
    return Template("{% load tonghui %}" + source).render(context)


def test_links_to_other_pages_keep_the_rest_of_the_query() -> None:
    html = drawn("{% page_links page %}", "/residents/?q=lin&page=2", page=Paginator(range(100), 10).page(2))

    assert 'href="?q=lin&amp;page=3"' in html and html.count('aria-current="page"') == 1


def test_a_list_of_one_page_has_no_links_to_others() -> None:
    assert drawn("{% page_links page %}", page=Paginator(range(5), 10).page(1)).strip() == ""


@pytest.mark.parametrize(
    ("left", "width", "low"),
    [(420_00, "58.3", False), (0, "0.0", True), (900_00, "100.0", False), (71_00, "9.9", True)],
)
def test_a_meter_is_as_long_as_what_is_left(left: int, width: str, low: bool) -> None:
    html = drawn("{% meter left 72000 'words' %}", left=left)

    assert f'width="{width}"' in html and ("--low" in html) is low and 'aria-label="words"' in html


@pytest.mark.parametrize(("fen", "x", "width"), [(100, "50.0", "50.0"), (-50, "25.0", "25.0"), (0, "50.0", "0.0")])
def test_a_balance_is_drawn_to_scale_on_its_own_side(fen: int, x: str, width: str) -> None:
    assert f'x="{x}" y="1" width="{width}"' in drawn("{% balance_bar fen 100 %}", fen=fen)


@pytest.mark.parametrize(
    ("fen", "shade"), [(0, ""), (1, "th-heat__cell--1"), (50, "th-heat__cell--3"), (100, "th-heat__cell--5")]
)
def test_a_cell_is_the_darker_the_more_it_holds(fen: int, shade: str) -> None:
    assert drawn("{{ fen|heat:100 }}", fen=fen) == shade


def test_a_status_is_a_word_and_escapes_what_it_is_given() -> None:
    html = drawn("{% status_tag word 'expired' %}", word="<b>")

    assert html == '<strong class="th-tag th-tag--calm">&lt;b&gt;</strong>'


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "静安区"), ("en", "Jing'an")])
def test_a_thing_is_called_by_its_name_in_the_language_of_the_page(language: str, name: str) -> None:
    place = {"name_zh": "静安区", "name_en": "Jing'an"}

    html = drawn(
        f"{{% load i18n %}}{{% language '{language}' %}}{{{{ place|bilingual }}}}{{% endlanguage %}}", place=place
    )

    assert html == name.replace("'", "&#x27;")
