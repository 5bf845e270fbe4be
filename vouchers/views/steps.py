"""Ask, check, do: pages that show what will happen before it does.

All three stand at one address. The check page carries what was typed in hidden fields, so nothing is kept on the
server, and "Change" brings the question back as it was.
"""

from __future__ import annotations

from django.http import HttpRequest

CONFIRM, CHANGE = "confirm", "change"
OURS = ("csrfmiddlewaretoken", "step")


def is_asked(request: HttpRequest) -> bool:
    """Whether an answer was sent, and not to be changed."""
    return request.method == "POST" and request.POST.get("step") != CHANGE


def is_confirmed(request: HttpRequest) -> bool:
    return request.POST.get("step") == CONFIRM


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed, for the hidden fields of the check page."""
    return [(name, value) for name, values in request.POST.lists() if name not in OURS for value in values]
