"""Tags and filters for every template: ``{% load tonghui %}``.

Filters write amounts, days and names; tags draw what a template cannot draw by
an include alone. docs/pages.md shows each in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypedDict
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import words
from config import navigation as page_navigation
from config import shell as page_shell

register = template.Library()

LOW_PERCENT = 10

TONES = ("good", "info", "wait", "todo", "stop", "calm")
TONE_OF_STATE: dict[str, str] = {
    **dict.fromkeys(("active", "done", "settled", "approved", "matched", "accredited", "verified"), "good"),
    **dict.fromkeys(("open", "running", "netted", "closed", "current", "issued"), "info"),
    **dict.fromkeys(("pending", "waiting", "queued", "draft", "suspended"), "wait"),
    **dict.fromkeys(("todo", "overdue", "due"), "todo"),
    **dict.fromkeys(("revoked", "refused", "rejected", "failed", "parked", "broken", "blocked"), "stop"),
    **dict.fromkeys(
        ("expired", "used", "ended", "cancelled", "superseded", "withdrawn", "died", "left", "merged"), "calm"
    ),
}


@register.filter
def yuan(fen: int | None) -> str:
    """Write fen as yuan, ``1,234.56``; nothing becomes an en dash."""
    return "\N{EN DASH}" if fen is None else words.yuan_in_figures(int(fen))


@register.filter
def signed_yuan(fen: int) -> str:
    """Write fen as yuan with its sign: ``+1,234.56`` is to be received, ``−1,234.56`` to be paid."""
    return ("+" if fen > 0 else "") + words.yuan_in_figures(fen)


@register.filter
def count(number: int) -> str:
    """Write a number of things: 1,200."""
    return f"{number:,}"


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day in the page's language; nothing becomes an en dash."""
    return words.day_in_words(value) if value else "\N{EN DASH}"


@register.filter
def last_day(until: date | None) -> str:
    """Write the last day of a window from its exclusive end; nothing becomes an en dash."""
    return day(until - timedelta(days=1) if until else None)


@register.filter
def month(value: date | datetime | None) -> str:
    """Write a month in the page's language; nothing becomes an en dash."""
    return words.month_in_words(value) if value else "\N{EN DASH}"


@register.filter
def moment(value: datetime | None) -> str:
    """Write a day with its time; nothing becomes an en dash."""
    return words.moment_in_words(value) if value else "\N{EN DASH}"


@register.filter
def in_fours(number: object) -> str:
    """Write a long number in groups of four characters."""
    return words.in_fours(str(number))


@register.filter
def bilingual(thing: object, field: str = "name") -> str:
    """Pick ``name_zh`` or ``name_en`` (or another such pair) by the page's language.

    Falls back to the other language, then to the thing's own text.
    """
    order = ("zh", "en") if words.is_chinese() else ("en", "zh")
    for language in order:
        key = f"{field}_{language}"
        found = thing.get(key) if isinstance(thing, Mapping) else getattr(thing, key, "")
        if found:
            return str(found)
    return "" if thing is None else str(thing)


@register.filter
def tone(state: object) -> str:
    """Return the colour that repeats a state's word: good, info, wait, todo, stop or calm."""
    text = str(state)
    return text if text in TONES else TONE_OF_STATE.get(text, "calm")


@register.filter
def heat(value: int | None, largest: int | None) -> str:
    """Return the class of a heat-map cell: none for nothing, then five strengths up to the largest."""
    size, most = abs(int(value or 0)), abs(int(largest or 0))
    if not size or not most:
        return ""
    return f"th-heat__cell--{min(5, 1 + 5 * size // (most + 1))}"


@register.simple_tag
def status_tag(text: object, state: object = "") -> SafeString:
    """Show a status as a word in a tag; ``state`` is its code, or a tone, and picks the colour."""
    return format_html('<strong class="th-tag th-tag--{}">{}</strong>', tone(state), text)


@register.simple_tag(takes_context=True)
def shell(context: Context) -> page_shell.Shell:
    """Return what stands around the page: language, text size, demonstration, addresses."""
    return page_shell.describe(context.get("request"))


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[page_navigation.Link]:
    """Return the links at the top of the page for whoever is signed in."""
    request: HttpRequest | None = context.get("request")
    role = getattr(context.get("user"), "role", "")
    return page_navigation.links_for(role, request.path) if request else []


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """Return the page's query string with some values changed; an empty value drops its key."""
    request: HttpRequest | None = context.get("request")
    pairs = request.GET.copy() if request else {}
    kept = [(key, value) for key in pairs if key not in changes for value in pairs.getlist(key)]  # type: ignore[attr-defined]
    kept += [(key, str(value)) for key, value in changes.items() if value not in (None, "")]
    return "?" + urlencode(kept)


@register.inclusion_tag("components/page_links.html", takes_context=True)
def page_links(context: Context, page: Page[Any], parameter: str = "page") -> dict[str, Any]:
    """Links to the other pages of a list, keeping the rest of the query."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    links = [
        {"number": number if isinstance(number, int) else None, "href": query(context, **{parameter: number})}
        for number in numbers
    ]
    around = {
        "previous": query(context, **{parameter: page.number - 1}) if page.has_previous() else "",
        "next": query(context, **{parameter: page.number + 1}) if page.has_next() else "",
    }
    return {"page": page, "links": links, **around}


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm | None) -> dict[str, Any]:
    """List every error of some forms, each a link to its control."""
    return {"summary": collected_errors(*forms)}


class ErrorLine(TypedDict):
    """One line of the error summary; an empty target is an error of the whole form."""

    target: str
    text: str


def collected_errors(*forms: BaseForm | None) -> list[ErrorLine]:
    """Gather the errors of forms: those of a whole form first, then field by field."""
    lines: list[ErrorLine] = []
    for form in filter(None, forms):
        lines += [{"target": "", "text": str(text)} for text in form.non_field_errors()]
        for field in form:
            target = getattr(field, "first_id", field.auto_id)
            lines += [{"target": target, "text": str(text)} for text in field.errors]
    return lines


@register.filter
def has_errors(form: object) -> bool:
    """Say whether a form was sent and is wrong; anything that is no form is not."""
    return isinstance(form, BaseForm) and form.is_bound and bool(form.errors)


@register.inclusion_tag("components/meter.html")
def meter(value: int, maximum: int, text: str) -> dict[str, Any]:
    """Draw how much is left of something; ``text`` says the same in words."""
    width = round(100 * min(max(0, value), maximum) / maximum, 1) if maximum else 0.0
    return {"width": width, "is_low": width < LOW_PERCENT, "text": text}


@register.inclusion_tag("components/balance_bar.html")
def balance_bar(value: int, largest: int) -> dict[str, Any]:
    """Draw a number to scale from a middle axis: more to the right, less to the left."""
    width = round(50 * abs(value) / abs(largest), 1) if largest else 0.0
    return {"width": width, "x": 50.0 if value >= 0 else round(50 - width, 1), "less": value < 0}


@register.inclusion_tag("components/bar.html")
def bar(value: int, largest: int) -> dict[str, Any]:
    """Draw a number to scale from the left; more than the largest fills it."""
    return {"width": round(100 * min(max(0, value), largest) / largest, 1) if largest else 0.0}


@register.inclusion_tag("components/job_progress.html")
def job_progress(done: int, total: int, text: str, poll_url: str = "", label: str = "") -> dict[str, Any]:
    """Show how far a job's row is; with ``poll_url`` the script keeps it fresh."""
    return {"done": done, "total": max(1, total), "text": text, "poll_url": poll_url, "label": label}
