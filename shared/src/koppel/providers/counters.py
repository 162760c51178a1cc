"""The counters that a provider's own answers carry, and how long a refused call waits by them.

Absolute times are reckoned against the answer's own `Date`: our clock may be minutes off.
"""

from collections.abc import Iterable

from koppel.providers.calls import LONGEST_WAIT, Answer
from koppel.providers.profile import CounterHeaders, RateWindow, ResetUnit
from koppel.providers.reading import Usage

MINUTE = 60.0
_LONGEST_NUMBER = 18
"""Digits; more than any counter or epoch has, and nothing is read that a float would round."""


def usage_of(answer: Answer, windows: Iterable[RateWindow]) -> tuple[Usage, ...]:
    """What the answer says of each window, as far as it says anything. What is no number is left out."""
    told = []
    for window in windows:
        if (headers := window.counters) is not None:
            limit, remaining = _number(answer, headers.limit), _number(answer, headers.remaining)
            if limit is not None or remaining is not None:
                told.append(Usage(window.name, limit, remaining, _resets_in(answer, window, headers)))
    return tuple(told)


def wait_of(answer: Answer, usage: tuple[Usage, ...]) -> float:
    """Seconds that a call refused for its number waits: `Retry-After`, else the end of the exhausted windows.

    Without either, or when that time has passed already, it is the provider's next whole minute.
    """
    if asked := answer.retry_after():
        return asked
    exhausted = [each for each in usage if each.remaining == 0] or (usage if len(usage) == 1 else ())
    ends = [each.resets_in for each in exhausted if each.resets_in]
    return min(max(ends), LONGEST_WAIT) if ends else to_next_minute(answer)


def to_next_minute(answer: Answer) -> float:
    """Seconds to the next whole minute of the provider's clock; a minute when the answer has no date."""
    now = answer.date()
    return MINUTE if now is None else MINUTE - now.second


def _resets_in(answer: Answer, window: RateWindow, headers: CounterHeaders) -> float | None:
    """Never below 0 nor above the window's own length, whatever the header says."""
    told = _number(answer, headers.reset)
    if told is None:
        return None
    if headers.unit is ResetUnit.DELTA_SECONDS:
        return float(min(told, window.seconds))
    now = answer.date()
    if now is None:
        return None
    epoch = told / 1000 if headers.unit is ResetUnit.EPOCH_MILLISECONDS else float(told)
    return min(max(epoch - now.timestamp(), 0.0), float(window.seconds))


def _number(answer: Answer, header: str) -> int | None:
    value = answer.headers.get(header, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER else None
