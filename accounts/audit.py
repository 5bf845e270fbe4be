"""Writing the audit trail."""

from accounts.models import AuditEvent
from accounts.stamps import Stamp


def record(*, stamp: Stamp, verb: str, subject: str, **detail: str | int | bool | None) -> AuditEvent:
    """Note that ``stamp.by`` did ``verb`` to ``subject`` ("move:17"). Details are ids, codes, days and amounts only."""
    return AuditEvent.objects.create(by=stamp.by, verb=verb, subject=subject, detail=detail)
