"""What a person approves, as one hash: the figures a step was proposed on, in canonical form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256


def payload_hash(figures: Mapping[str, object]) -> str:
    """Return the SHA-256 of ``figures`` as canonical JSON, in hexadecimal. The same figures have the same hash."""
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return sha256(text.encode()).hexdigest()
