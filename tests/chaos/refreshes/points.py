"""Where a refresh can be disturbed, and where its only tokens can be lost."""

from random import Random

from tests.chaos.refreshes.child import ANSWERED, SENT
from tests.chaos.rig.schedule import LONG, SEED


def needed(points: list[str]) -> range:
    """Numbers of the points, from 1, at which the only token is the one in the answer: until the journal has it."""
    sent, answered = points.index(SENT), points.index(ANSWERED)
    committed = points.index("COMMIT; after", answered)
    return range(sent + 2, committed + 1)


def disturbed(points: list[str], sampled: int) -> list[int]:
    """Numbers of all points in the long tier; in the short one those where a token can be lost, and some others."""
    everywhere = range(1, len(points) + 1)
    if LONG:
        return list(everywhere)
    return sorted({*needed(points), *Random(SEED).sample(everywhere, sampled)})
