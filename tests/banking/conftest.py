"""Properties are tried on the same examples every time, as those of the domain are."""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))

settings.register_profile(
    "banking", max_examples=EXAMPLES or 100, derandomize=not EXAMPLES, database=None, deadline=None
)
settings.load_profile("banking")
