"""How much a run does: the short tier by default, more when the environment asks for it."""

import os

MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
"""Above 0: the long tier, with storms of that many minutes in all."""
SEED = int(os.environ.get("CHAOS_SEED", "1"))
LONG = MINUTES > 0
SCHEDULES = 40
"""Of acknowledging, in its scenario; the criterion runs a thousand."""
