"""Writing the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.bulk import insert_many
from accounts.models import AuditEvent
from accounts.stamps import Stamp

#: Ids, codes, days and amounts only; never a name or an id number.
Detail = str | int | bool | None


def record(*, stamp: Stamp, verb: str, subject: str, **detail: Detail) -> AuditEvent:
    """Note that ``stamp.by`` did ``verb`` to ``subject`` ("move:17")."""
    return AuditEvent.objects.create(by=stamp.by, verb=verb, subject=subject, detail=detail)


def record_many(*, stamp: Stamp, verb: str, details: Mapping[str, Mapping[str, Detail]]) -> None:
    """Note the same verb for many subjects, in one statement."""
    insert_many(
        [
            AuditEvent(by=stamp.by, verb=verb, subject=subject, detail=dict(detail))
            for subject, detail in details.items()
        ]
    )
