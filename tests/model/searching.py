"""How far hypothesis searches: the same steps every time; ``MODEL_EXAMPLES=500 pytest tests/model`` goes on its own."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))


def profile(*, examples: int, steps: int = 1) -> settings:
    """Return settings for so many examples, each of so many steps of a machine."""
    return settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=steps,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
