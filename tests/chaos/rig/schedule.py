"""How much a run does: the short tier by default, more when the environment asks for it."""

import os

MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
"""Above 0: the long tier, with a storm of so many minutes."""
PART = os.environ.get("CHAOS_PART", "")
"""Of `make chaos`, for the figures that it ends with."""
SEED = int(os.environ.get("CHAOS_SEED", "1"))
LONG = MINUTES > 0
SCALE = float(os.environ.get("CHAOS_SCALE", "1"))
"""Of the criteria's numbers; the table tells those that were used."""
SCHEDULES = 40
"""Of acknowledging, in its scenario; the criterion runs a thousand."""


def scaled(number: int) -> int:
    """One of the criteria's numbers, at the scale of this run; never nothing."""
    return max(1, round(number * SCALE))


def progress(text: str) -> None:
    """How far a long run is; `make chaos` shows it."""
    if LONG:
        print(f"  {text}", flush=True)
