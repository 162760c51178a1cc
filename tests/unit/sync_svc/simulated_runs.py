"""Runs of made-up administrations, with those before them."""

from random import Random


def simulated(draw: Random) -> tuple[list[float], int, float, float]:
    """Lengths of runs before, and of one that is looked at: its percentage, its seconds so far, and what is left.

    An administration's runs differ by a factor that is its own, some wait for the provider twice as long, and a percentage
    runs ahead of the time or behind it.
    """
    usual, spread = draw.lognormvariate(4, 1.5), draw.uniform(0.1, 0.6)

    def length() -> float:
        return usual * draw.lognormvariate(0, spread) * (2 if draw.random() < 0.1 else 1)

    history = [length() for _ in range(draw.randint(1, 20))]
    whole, part = length(), draw.random()
    percent = int(100 * part ** draw.choice((0.6, 0.8, 1, 1.25, 1.6)))
    return history, percent, whole * part, whole * (1 - part)
