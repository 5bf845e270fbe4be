"""The door: in and out, and, in a demonstration, in as somebody invented."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views import View

from accounts import personas
from accounts.forms import SignInForm


class SignIn(LoginView):
    """Ask for user name and password; in a demonstration, offer its people as well."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        people = personas.all_personas() if settings.DEMO else []
        return super().get_context_data(personas=people, **more)


class SignInAs(RedirectURLMixin, View):
    """Sign in as one of the people of the demonstration. Outside one this page does not exist."""

    http_method_names = ["post"]
    next_page = settings.LOGIN_REDIRECT_URL

    def post(self, request: HttpRequest) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        persona = get_object_or_404(personas.users(), username=request.POST.get("username"))
        login(request, persona, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect(self.get_success_url())
