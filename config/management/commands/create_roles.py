"""Create the roles of PostgreSQL: ``manage.py create_roles``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config import database_roles


class Command(BaseCommand):
    help = (
        "Create tonghui_owner (migrates), tonghui_app (serves) and tonghui_auditor (looks), with the passwords of "
        "OWNER_PASSWORD, APP_PASSWORD and AUDITOR_PASSWORD, and grant each what it needs. Run it as a superuser "
        "before the first migration; running it again changes nothing but the passwords."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("SQLite has no roles: whoever can write the file can write everything.")
        passwords = settings.DATABASE_ROLE_PASSWORDS
        database_roles.create(passwords={role: password for role, password in passwords.items() if password})
        database_roles.grant()
        without = [role for role, password in passwords.items() if not password]
        if without and options["verbosity"]:
            self.stdout.write(f"No password was given for {', '.join(without)}.")
