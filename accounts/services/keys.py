"""The keys of id numbers change, the numbers do not."""

from __future__ import annotations

from accounts import identity
from accounts.models import Resident

ROWS_AT_A_TIME = 1_000


def reencrypt_id_numbers() -> int:
    """Write anew every id number that an older key encrypted, and return how many; begun again it goes on.

    No lock is needed: a number is written when somebody is registered and never changed.
    """
    written, last = 0, 0
    numbered = Resident.objects.exclude(id_number_encrypted=None).order_by("pk")
    while rows := list(numbered.filter(pk__gt=last)[:ROWS_AT_A_TIME]):
        old = [row for row in rows if not identity.is_of_newest_key(bytes(row.id_number_encrypted or b""))]
        for row in old:
            row.id_number_encrypted = identity.encrypt_id_number(row.id_number, resident_number=row.number)
        Resident.objects.bulk_update(old, ["id_number_encrypted"])
        written, last = written + len(old), rows[-1].pk
    return written
