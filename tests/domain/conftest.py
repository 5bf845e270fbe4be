"""Properties are tried on the same examples every time; ``PROPERTY_EXAMPLES=5000`` searches on its own."""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))

settings.register_profile(
    "domain", max_examples=EXAMPLES or 100, derandomize=not EXAMPLES, database=None, deadline=None
)
settings.load_profile("domain")
