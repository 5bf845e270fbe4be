"""Scenario files: every one of ours ends as expected on this engine, and one that cannot be read says where and why."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import Resident
from config.management.commands.scenario import outcome
from config.scenarios import memory
from config.scenarios.document import Unreadable
from config.scenarios.judging import mismatches
from config.scenarios.story import VERBS, read

FOLDER = Path(__file__).parent / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
#: What a story needs before its first event, five lines long.
CAST = """\
districts: [{code: "310112", name: Minhang}, {code: "310106", name: Jing'an}]
residents: [{id: lin, lives_in: "310112", since: 2020-09-01}]
providers: [{id: school, district: "310106", programmes: [education]}]
programmes:
  - {code: education, valid: 2025-01-01/2026-01-01, annual_fen: 36500, cost_rule: daily, funded_by: district}
"""

Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write a file and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / f"story-{len(list(tmp_path.iterdir()))}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.django_db
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_story_ends_as_expected(path: Path) -> None:
    story = read(path)

    result = outcome(story)

    assert result["mismatches"] == []


def test_the_stories_use_every_verb_and_every_refusal() -> None:
    stories = [read(path) for path in FILES]

    verbs = {event.verb for story in stories for event in story.events}
    refusals = {refusal["code"] for story in stories for refusal in story.expect.get("refusals", [])}

    assert verbs == set(VERBS)
    assert refusals == {
        "already_issued", "key_reused", "wrong_programme", "no_voucher", "not_valid_yet", "expired", "revoked",
        "balance_too_low", "no_such_redemption", "already_reversed", "not_a_member", "same_district", "move_overlaps",
        "not_the_last_move", "earlier_period_open", "already_closed", "period_open", "already_settled",
        "not_insured", "already_insured", "registered_place_unknown", "sex_unknown", "birthday_unknown",
        "before_the_scheme", "month_ahead", "before_opening", "month_taken", "account_passed_on", "no_contribution",
        "no_rate", "year_not_over", "interest_credited", "no_surrender", "same_place", "case_open",
        "relationship_stays", "temporary_account", "transfer_open", "no_running_transfer", "step_not_possible",
        "step_out_of_order", "visit_not_filed", "visits_not_allowed", "visit_draws_too_much", "filing_overlaps",
        "temporary_too_short", "home_district", "no_such_filing",
        "no_open_case", "no_such_move", "too_far_ahead", "before_first_residence", "day_taken",
        "died", "already_died", "no_death", "claim_too_late", "left_area", "already_outside", "not_born",
        "before_birth", "merged_person", "duplicate", "same_entry", "deaths_differ", "no_merge",
        "merges_into_itself", "already_merged", "merged_later",
        "no_statement", "already_stated", "already_netted", "not_a_party", "no_such_line", "line_answered",
        "objection_window_over", "nothing_to_hold", "dispute_ended", "not_your_turn", "amount_outside",
        "cap_exceeded", "too_much_paid", "disputes_open", "no_such_dispute", "no_such_payment",
        "file_used_before", "nothing_to_pay", "providers_paid",
    }  # fmt: skip


@pytest.mark.django_db
def test_forty_events_ask_the_database_a_thousand_times_at_most(
    written: Written, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    visits = "".join(
        f"  - {{day: 2025-02-01, redeem: education, by: lin, at: school, fen: 1, key: k{number}}}\n"
        for number in range(38)
    )
    story = read(
        written(
            CAST
            + "events:\n  - {day: 2025-01-01, issue: education, to: lin}\n"
            + visits
            + '  - {day: 2025-03-01, move: lin, to: "310106"}\n'
        )
    )

    with django_assert_max_num_queries(1_000):
        result = outcome(story)

    assert result["state"]["vouchers"]["lin/education/2025-01-01"]["spent_fen"] == 38


# What cannot be read


def laughing(lines: int) -> str:
    """Return list items of which each holds the one before ten times."""
    holding = "".join(f"  - &i{n} [{', '.join([f'*i{n - 1}'] * 10)}]\n" for n in range(1, lines))
    return "  - &i0 ha\n" + holding


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "the file is empty"),
        ("events: [", 1, "not YAML: expected the node content, but found '<stream end>'"),
        ("title: a\tb\x07", 1, "not YAML: unacceptable character #x0007"),
        ("just words", 1, "expected keys and values"),
        ("[a]: b", 1, "expected a text"),
        ("title: one\ntitle: two", 2, "title is given twice"),
        ("title: one\nstory:\n  - a", 2, "unknown key story"),
        ("title: ''", 1, "expected a text"),
        ("events: {}", 1, "expected a list"),
        ("events:\n  - just words", 2, "expected keys and values"),
        ("districts:\n  - {code: '310112'}", 2, "missing key name"),
        ("districts:\n  - {name: Minhang}", 2, "missing key code"),
        ("districts:\n  - {code: '3101120', name: Minhang}", 2, "3101120 has more than 6 characters"),
        ("districts:\n  - {code: '1', name: a}\n  - {code: '1', name: b}", 3, "district 1 is declared twice"),
        ("residents:\n  - {id: lin, lives_in: '1', since: 2020-09-01}", 2, "1 is no district of this file"),
        ("programmes:\n  - {code: " + "e" * 41 + "}", 2, "e" * 41 + " has more than 40 characters"),
        ("title: one\nexpect: &all\n  books: *all", 3, "it is nested too deeply, or holds itself"),
        ("title: " + "[" * 5_000, 1, "not YAML: it is nested too deeply"),
        ("title: one\nevents:\n" + laughing(8), 3, "the file is too large once its aliases are written out"),
        ("expect:\n  balance: {}", 2, "unknown key balance"),
        ("expect:\n  books: {a: 1.5}", 2, "expected a whole number"),
        ("expect:\n  books: {a: !!int x}", 2, "x is not what its tag says"),
    ],
)  # fmt: skip
def test_an_unreadable_file_says_which_line_and_what(written: Written, text: str, line: int, what: str) -> None:
    path = written(text)

    with pytest.raises(Unreadable) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}:{line}: {what}")


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ("{issue: education, to: lin}", "missing key day"),
        ("{day: 2025-01-01}", "an event has one of issue, redeem, reverse, move"),
        ("{day: 2025-01-01, issue: education, reverse: k}", "an event has one of issue, redeem, reverse, move"),
        ("{day: 2025-01-01, issue: education}", "missing key to"),
        ("{day: 2025-01-01, issue: education, to: lin, key: k}", "unknown key key"),
        ("{day: 2025-01-01, issue: health, to: lin}", "health is no programme of this file"),
        ("{day: 2025-01-01, issue: education, to: wu}", "wu is no resident of this file"),
        ("{day: 2025-01-01, issue: education, to: lin, fen: 0}", "0 is not between 1 and"),
        ("{day: 2025-01-01, issue: education, to: lin, fen: '5'}", "expected a whole number"),
        ("{day: 2025-01-01, issue: education, to: lin, fen: true}", "expected a whole number"),
        ("{day: 2025-01-01, issue: education, to: lin, fen: 10.5}", "expected a whole number"),
        ("{day: 2025-01-01, issue: education, to: lin, valid: 2025-01-01}", "2025-01-01 is not two days such as"),
        ("{day: 2025-01-01, issue: education, to: lin, valid: 2025-01-02/2025-01-02}", "the window must last a day"),
        ("{day: 2025-02-30, issue: education, to: lin}", "2025-02-30 is not a day such as"),
        ("{day: 2025-01-02, posted: 2025-01-01, issue: education, to: lin}", "nothing is recorded before the day"),
        ("{day: 2025-01-01, redeem: education, by: lin, at: shop, fen: 1, key: k}", "shop is no provider of this file"),
        ("{day: 2025-01-01, redeem: education, by: lin, at: school, fen: 1}", "missing key key"),
        ("{day: 2025-01-01, redeem: education, by: lin, at: school, fen: -1, key: k}", "-1 is not between 1 and"),
        ("{day: 2025-01-01, reverse: " + "k" * 65 + "}", "k" * 65 + " has more than 64 characters"),
        ("{day: 2025-01-01, annul_move: lin, of: March}", "March is not a day such as"),
        ("{day: 2025-01-01, file_visit: lin, in: '310106', kind: daily}", "daily is no kind of filing of this file"),
        (
            "{day: 2025-01-01, file_visit: lin, in: '310106', kind: long_term, until: 2026-01-01}",
            "until goes with kind",
        ),
        ("{day: 2025-01-01, file_visit: lin, in: '310106', kind: temporary, as: guest}", "guest is no visitor of this"),
        ("{day: 2025-01-01, file_visit: lin, in: '310106', kind: long_term, as: referred}", "as goes with kind"),
        (
            "{day: 2025-01-01, redeem: education, by: lin, at: school, fen: 1, key: k, bill_fen: 2}",
            "bill_fen and in_scope_fen go together",
        ),
        (
            "{day: 2025-01-01, redeem: education, by: lin, at: school, fen: 1, key: k, bill_fen: 2, in_scope_fen: 3}",
            "no more is in scope than is on the bill",
        ),
        ("{day: 2025-01-01, cap: '310999', fen: 1}", "310999 is no authority of this file"),
        ("{day: 2025-01-01, decide: d1, fen: 1}", "d1 is no dispute of this file"),
        ("{day: 2025-01-01, close: 2025-13}", "2025-13 is not a month such as"),
        ("{day: 2025-01-01, close: 9999-12}", "9999-12 has no month after it"),
        ("{day: 2025-01-01, close: 2025-01-01}", "2025-01-01 is not a month such as"),
    ],
)
def test_an_unreadable_event_says_which_line_and_what(written: Written, event: str, what: str) -> None:
    path = written(f"{CAST}events:\n  - {event}\n")

    with pytest.raises(Unreadable) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}:7: {what}")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("cost_rule: daily", "cost_rule: hourly"), "hourly is no cost rule of this file"),
        (("funded_by: district", "funded_by: state"), "state is no funder of this file"),
        (("annual_fen: 36500", "annual_fen: 0"), "0 is not between 1 and"),
        (("fen: 36500,", "fen: 36500, count_days: {9: 15},"), "count_days goes with cost_rule: monthly"),
        (("cost_rule: daily", "cost_rule: monthly, count_days: {13: 1}"), "unknown key 13"),
        (("funded_by: district", "funded_by: district, visits: never"), "never is no rule for visits of this file"),
        (("fen: 36500,", "fen: 36500, visit_terms: [],"), "visit_terms go with visits: filed"),
        (("fen: 36500,", "fen: 36500, visits: filed, visit_terms: [{since: 2025-01-01}],"), "missing key percent"),
        (("cost_rule: daily", "cost_rule: monthly, count_days: {9: 32}"), "32 is not between 1 and 31"),
    ],
)
def test_an_unreadable_programme_says_which_line_and_what(written: Written, change: tuple[str, str], what: str) -> None:
    path = written(CAST.replace(*change))

    with pytest.raises(Unreadable) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}:5: {what}")


def test_nobody_lives_anywhere_before_being_born(written: Written) -> None:
    path = written(CAST.replace("since: 2020-09-01", "since: 2020-09-01, born: 2020-09-02"))

    with pytest.raises(Unreadable, match=f"{path}:2: nobody lives anywhere before being born"):
        read(path)


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"

    with pytest.raises(Unreadable, match=r"nowhere\.yaml:1: No such file or directory"):
        read(path)


def test_a_file_that_is_no_text_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "picture.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(Unreadable, match=r"picture\.yaml:1: not UTF-8 text"):
        read(path)


# What may be left out


@pytest.mark.parametrize("before", ["\ufeff", "\r\n", "%YAML 1.1\n---\n"])
def test_a_file_may_begin_as_editors_begin_it(written: Written, before: str) -> None:
    assert read(written(before + CAST.replace("\n", "\r\n"))).residents[0].id == "lin"


def test_a_story_of_nothing_but_a_title_can_be_read(written: Written) -> None:
    story = read(written("title: Nothing happens"))

    assert story.title == "Nothing happens"
    assert (story.events, story.districts) == ((), ())


def test_a_story_without_a_title_is_called_after_its_file(written: Written) -> None:
    path = written(CAST)

    assert read(path).title == path.name


def test_a_district_without_a_pool_is_its_own(written: Written) -> None:
    story = read(written(CAST))

    assert [district.pool for district in story.districts] == ["310112", "310106"]


def test_an_event_is_posted_on_its_day_unless_it_says_when(written: Written) -> None:
    story = read(written(f"{CAST}events:\n  - {{day: 2025-01-01, issue: education, to: lin}}\n"))

    assert story.events[0].posted == story.events[0].day


# Judging


def test_books_are_compared_by_the_codes_named_and_an_absent_one_is_zero() -> None:
    state = {"books": {"a": 1, "b": 2}}

    found = mismatches(expected={"books": {"a": 1, "c": 0, "d": 3}}, state=state)

    assert found == [{"at": "books/d", "expected": 3, "got": 0}]


def test_another_part_that_is_given_is_compared_whole() -> None:
    state = {"refusals": [{"event": 1, "code": "expired"}], "positions": {}}

    found = mismatches(expected={"refusals": []}, state=state)

    assert found == [{"at": "refusals", "expected": [], "got": [{"event": 1, "code": "expired"}]}]


# The command

HOLDS = CAST + "events:\n  - {day: 2025-01-01, issue: education, to: lin}\nexpect: {refusals: []}\n"
DOES_NOT_HOLD = CAST + "events: []\nexpect: {books: {310112/education/cost: 1}}\n"
UNREADABLE = CAST + "events:\n  - {day: 2025-01-01}\n"


@pytest.fixture
def migrated_before(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command, which plays in memory, copy the run's own database there: to migrate another takes long."""

    def copied(*_command: str, **_options: object) -> None:
        connection.ensure_connection()
        with closing(sqlite3.connect(template)) as migrated:
            migrated.backup(connection.connection)

    monkeypatch.setattr(memory, "call_command", copied)


@pytest.mark.embedded
@pytest.mark.usefixtures("committed_db", "migrated_before")
@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([HOLDS], 0),
        ([DOES_NOT_HOLD, HOLDS], 1),
        ([UNREADABLE, DOES_NOT_HOLD, HOLDS], 2),
    ],
)
def test_the_command_plays_every_file_it_can_and_exits_by_the_worst(
    texts: list[str], code: int, written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(written(text)) for text in texts]

    with pytest.raises(SystemExit) as ended:
        call_command("scenario", *paths)

    assert ended.value.code == code
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["ok"] for result in printed] == [text == HOLDS for text in texts if text != UNREADABLE]


@pytest.mark.embedded
@pytest.mark.usefixtures("committed_db", "migrated_before")
def test_the_command_names_the_line_of_an_unreadable_file_on_standard_error(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(UNREADABLE)

    with pytest.raises(SystemExit):
        call_command("scenario", str(path))

    assert capsys.readouterr().err.startswith(f"{path}:7: an event has one of")


def test_the_command_never_touches_the_real_database(written: Written, committed_db: str) -> None:
    path = written(HOLDS)

    with pytest.raises(SystemExit):
        call_command("scenario", str(path), str(path))

    assert Resident.objects.count() == 0
