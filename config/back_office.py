"""Django's own admin: for superusers only. The four people of the service never need it."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class BackOffice(AdminSite):
    site_header = _("Tonghui back office")
    site_title = _("Tonghui back office")
    index_title = _("Users, places and a look at the books")

    def has_permission(self, request: HttpRequest) -> bool:
        """Let superusers in; being staff is not enough."""
        return bool(request.user.is_active and request.user.is_superuser)


class BackOfficeConfig(AdminConfig):
    default_site = "config.back_office.BackOffice"
