"""A chart that the server draws: calls a minute over a day, against their limit, as the path of an SVG."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from koppel_console.pages.formats import instant_of

WIDTH, HEIGHT = 960, 160
_QUARTERS = 96
_MINUTES = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What one hour takes: calls in all, and in its fullest minute."""

    at: datetime
    calls: int
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`path` and `limit_y` are in a box of `WIDTH` by `HEIGHT`; `over` counts minutes above the limit (0: none is known)."""

    path: str
    limit: int
    limit_y: float
    peak: int
    peak_at: datetime
    over: int
    hours: tuple[Hour, ...]


def chart_of(minutes: Iterable[Mapping[str, object]]) -> Chart | None:
    """Of `{at, calls, limit}` a minute, at most a day; None where there are none. Each quarter shows its fullest minute."""
    told = [each for each in map(_minute, minutes) if each is not None][:_MINUTES]
    if not told:
        return None
    limit = max(limit for _, _, limit in told)
    calls = [number for _, number, _ in told]
    peak = max(calls)
    top = max(limit, peak, 1) * 1.05
    quarters = [max(calls[at : at + 15]) for at in range(0, len(calls), 15)]
    return Chart(
        path=_path(quarters, top),
        limit=limit,
        limit_y=_height(limit, top),
        peak=peak,
        peak_at=told[calls.index(peak)][0],
        over=sum(number > limit for number in calls) if limit else 0,
        hours=tuple(
            Hour(at=told[at][0], calls=sum(calls[at : at + 60]), peak=max(calls[at : at + 60]))
            for at in range(0, len(calls), 60)
        ),
    )


def _minute(told: Mapping[str, object]) -> tuple[datetime, int, int] | None:
    at, calls, limit = instant_of(told.get("at")), told.get("calls"), told.get("limit")
    if at is None or not isinstance(calls, int) or not isinstance(limit, int):
        return None
    return at, max(calls, 0), max(limit, 0)


def _path(values: Sequence[int], top: float) -> str:
    step = WIDTH / _QUARTERS
    bars = (
        f"L{round(at * step, 1)} {_height(value, top)}H{round((at + 1) * step, 1)}"
        for at, value in enumerate(values)
    )
    return f"M0 {HEIGHT}{''.join(bars)}V{HEIGHT}Z"


def _height(value: int, top: float) -> float:
    return round(HEIGHT - HEIGHT * value / top, 1)
