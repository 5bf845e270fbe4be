"""Views of the frame: the way home, and the size of the text."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from config.navigation import HOME
from config.shell import LARGE_TEXT_COOKIE, address

YEAR_IN_SECONDS = 365 * 24 * 3600


def home(request: HttpRequest) -> HttpResponse:
    """Send those who are signed in to the first page of their role; tell others what this is."""
    first_page = address(HOME.get(getattr(request.user, "role", ""), ""))
    return redirect(first_page) if first_page else render(request, "welcome.html")


@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Switch large text on (``large=1``) or off and go back to the page it was asked from."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = HttpResponseRedirect(target if safe else "/")
    if request.POST.get("large") == "1":
        response.set_cookie(
            LARGE_TEXT_COOKIE,
            "1",
            max_age=YEAR_IN_SECONDS,
            httponly=True,
            secure=request.is_secure(),
            samesite="Lax",
        )
    else:
        response.delete_cookie(LARGE_TEXT_COOKIE, samesite="Lax")
    return response
