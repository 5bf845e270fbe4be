"""The site as a browser meets it, on a thread of the test's own process."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext
from pytest_django.live_server_helper import LiveServer

from accounts.models import User


class LiveSite:
    """Serves the test's ``committed_db``; the test's clock and settings are the site's."""

    def __init__(self) -> None:
        self._server = LiveServer("127.0.0.1")
        self.url = self._server.url

    def sign_in(self, context: BrowserContext, user: User) -> None:
        """Give the browser a session of ``user``, as if they had come through the door."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])

    def stop(self) -> None:
        self._server.stop()
