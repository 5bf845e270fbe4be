"""Write every id number anew with the newest key: ``manage.py reencrypt``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services.keys import reencrypt_id_numbers


class Command(BaseCommand):
    help = (
        "Write every id number anew with the newest of FIELD_ENCRYPTION_KEYS, so that older ones can be taken out. "
        "Needs a role that may change residents: the owner or a superuser."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reencrypt_id_numbers():,} id numbers were written with the newest key")
