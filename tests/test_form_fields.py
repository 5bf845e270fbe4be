"""The two fields of our own, and the markup every form comes out in."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import override

from accounts.form_fields import DateBoxesField, MoneyField
from config.templatetags.tonghui import collected_errors


class Form(forms.Form):
    """One field of each layout."""

    born_on = DateBoxesField(label="Born on", earliest=date(1900, 1, 1), latest=date(2026, 12, 31))
    amount = MoneyField(label="Amount", help_text="In yuan", min_fen=100, max_fen=72_000)
    district = forms.ChoiceField(label="District", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    checked = forms.BooleanField(label="I have checked it")
    note = forms.CharField(label="Note", required=False)

    def clean(self) -> dict[str, object]:
        if self.cleaned_data.get("note") == "no":
            raise forms.ValidationError("Not like this.")
        return self.cleaned_data


def filled(**changes: str) -> Form:
    """Return the form as somebody sent it, all right but for the changes."""
    boxes = {"born_on_year": "2014", "born_on_month": "5", "born_on_day": "1"}
    return Form({**boxes, "amount": "12.50", "district": "a", "checked": "on", **changes})


def boxes(year: str, month: str, day: str) -> dict[str, str]:
    return {"born_on_year": year, "born_on_month": month, "born_on_day": day}


def test_three_boxes_make_a_day() -> None:
    form = filled(**boxes("2014", "05", "1"))

    assert form.is_valid() and form.cleaned_data["born_on"] == date(2014, 5, 1)


def test_full_width_digits_count_as_digits() -> None:
    form = filled(**boxes("２０１４", "５", "１"), amount="１２．５０")

    assert form.is_valid() and form.cleaned_data["born_on"] == date(2014, 5, 1)
    assert form.cleaned_data["amount"] == 1250


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("", "", ""), "required"),
        (("2014", "", "1"), "incomplete"),
        (("2014", "May", "1"), "not_numbers"),
        (("14", "5", "1"), "short_year"),
        (("2023", "2", "29"), "no_such_day"),
        (("0000", "1", "1"), "no_such_day"),
        (("1899", "12", "31"), "too_early"),
        (("2027", "1", "1"), "too_late"),
        (("2014", "5", "9" * 30), "no_such_day"),
        (("2014", "9" * 5_000, "1"), "no_such_day"),
    ],
)
def test_a_wrong_day_is_refused_for_its_own_reason(typed: tuple[str, str, str], code: str) -> None:
    form = filled(**boxes(*typed))

    assert form.has_error("born_on", code)


@pytest.mark.parametrize(("typed", "code"), [(("1899", "12", "31"), "too_early"), (("2200", "1", "1"), "too_late")])
def test_a_day_no_programme_can_mean_is_refused_by_every_field(typed: tuple[str, str, str], code: str) -> None:
    with pytest.raises(forms.ValidationError) as caught:
        DateBoxesField().clean(list(typed))

    assert caught.value.code == code


def test_an_optional_day_may_be_left_empty() -> None:
    assert DateBoxesField(required=False).clean(["", "", ""]) is None


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("¥ 100", 10_000), ("￥12.05元", 1205), ("720.00 yuan", 72_000)],
)
def test_yuan_typed_in_any_usual_way_become_whole_fen(typed: str, fen: int) -> None:
    form = filled(amount=typed)

    assert form.is_valid() and form.cleaned_data["amount"] == fen


@pytest.mark.parametrize("typed", ["12,50", "12.345", "-5", "1e3", "twelve", "0x10", "1,23", "9" * 5_000])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    assert filled(amount=typed).has_error("amount", "not_money")


@pytest.mark.parametrize(
    ("typed", "code"), [("", "required"), ("0.99", "too_small"), ("720.01", "too_large"), ("9" * 18, "too_large")]
)
def test_an_amount_outside_the_limits_is_refused(typed: str, code: str) -> None:
    assert filled(amount=typed).has_error("amount", code)


def test_thousands_may_be_parted_by_commas() -> None:
    assert MoneyField().clean("1,234,567.89") == 123_456_789


def test_fen_are_shown_as_yuan_ready_to_be_sent_again() -> None:
    assert 'value="1234.50"' in str(Form(initial={"amount": 123_450})["amount"])


def test_a_wrong_form_keeps_what_was_typed() -> None:
    html = filled(**boxes("2023", "2", "29"), amount="twelve").render()

    assert all(f'value="{typed}"' in html for typed in ("2023", "2", "29", "twelve"))


def test_what_is_unchanged_has_not_changed() -> None:
    initial = {"born_on": date(2014, 5, 1), "amount": 1250}
    form = Form(
        MultiValueDict({"amount": ["12.50"], **{k: [v] for k, v in boxes("2014", "5", "1").items()}}), initial=initial
    )

    assert not {"born_on", "amount"} & set(form.changed_data)


@pytest.mark.parametrize(
    ("language", "order"), [("zh-hans", ["year", "month", "day"]), ("en", ["day", "month", "year"])]
)
def test_the_boxes_stand_in_the_order_of_the_language(language: str, order: list[str]) -> None:
    with override(language):
        html = str(Form()["born_on"])

    places = [html.index(f'name="born_on_{part}"') for part in order]
    assert places == sorted(places)


def test_every_error_links_to_a_control_that_is_there() -> None:
    form = Form({"note": "x"})
    html = form.render()

    lines = collected_errors(form)

    assert len(lines) == 4
    assert [line["target"] for line in lines if f'id="{line["target"]}"' not in html] == []


def test_an_error_of_the_whole_form_stands_first_in_the_summary() -> None:
    lines = collected_errors(filled(note="no", amount=""))

    assert lines[0] == {"target": "", "text": "Not like this."}


def test_a_hint_and_an_error_are_tied_to_their_box() -> None:
    html = filled(amount="").render()

    assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'id="id_amount_helptext"' in html and 'id="id_amount_error"' in html


def test_only_the_optional_field_says_that_it_is_optional() -> None:
    with override("en"):
        html = Form().render()

    assert html.count("(optional)") == 1
