"""What answers say of rate windows, and how long a refused call waits."""

import httpx
import pytest

from koppel.providers.calls import LONGEST_WAIT, Answer
from koppel.providers.counters import usage_of, wait_of
from koppel.providers.profile import CountedPer, CounterHeaders, RateWindow, ResetUnit
from koppel.providers.reading import Usage

DATE = "Sun, 29 Nov 2026 12:00:15 GMT"
NOW = 1_795_953_615
PER = frozenset({CountedPer.COMPANY})


def window(
    unit: ResetUnit = ResetUnit.EPOCH_MILLISECONDS, seconds: int = 60, name: str = "minute"
) -> RateWindow:
    headers = CounterHeaders(f"{name}-Limit", f"{name}-Remaining", f"{name}-Reset", unit)
    return RateWindow(name=name, calls=60, seconds=seconds, per=PER, counters=headers)


MINUTE, DAY = window(), window(seconds=86_400, name="day")
UNCOUNTED = RateWindow(name="errors", calls=5, seconds=3600, per=PER)


def answer(**headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(429, httpx.Headers({"Date": DATE} | named), b"")


@pytest.mark.parametrize(
    ("unit", "reset"),
    [
        (ResetUnit.DELTA_SECONDS, "45"),
        (ResetUnit.EPOCH_SECONDS, str(NOW + 45)),
        (ResetUnit.EPOCH_MILLISECONDS, str((NOW + 45) * 1000)),
    ],
)
def test_reset_is_reckoned_against_the_answers_own_date(unit: ResetUnit, reset: str) -> None:
    seen = usage_of(answer(minute_Limit="60", minute_Remaining="3", minute_Reset=reset), [window(unit)])
    assert seen == (Usage("minute", 60, 3, 45.0),)


def test_window_of_which_nothing_is_said_is_left_out() -> None:
    seen = usage_of(answer(day_Remaining="4999"), [MINUTE, DAY, UNCOUNTED])
    assert seen == (Usage("day", None, 4999, None),)


@pytest.mark.parametrize("nonsense", ["", "many", "-1", "1.5", "\u00b2", "9" * 400, "0x1f"])
def test_counter_that_is_no_number_says_nothing(nonsense: str) -> None:
    headers = httpx.Headers([(b"Date", DATE.encode()), (b"minute-Remaining", nonsense.encode("latin-1"))])
    assert usage_of(Answer(200, headers, b""), [MINUTE]) == ()


@pytest.mark.parametrize(("reset", "seconds"), [(NOW - 3600, 0.0), (NOW + 10**6, 60.0), (10**17, 60.0)])
def test_reset_outside_the_window_is_cut_to_it(reset: int, seconds: float) -> None:
    (seen,) = usage_of(answer(minute_Remaining="0", minute_Reset=str(reset * 1000)[:18]), [MINUTE])
    assert seen.resets_in == seconds


def test_without_a_date_an_absolute_reset_says_nothing() -> None:
    bare = Answer(429, httpx.Headers({"minute-Remaining": "0", "minute-Reset": str(NOW * 1000)}), b"")
    assert usage_of(bare, [MINUTE]) == (Usage("minute", None, 0, None),)
    assert wait_of(bare, usage_of(bare, [MINUTE])) == 60.0


@pytest.mark.parametrize(
    ("usage", "seconds"),
    [
        ((), 45.0),
        ((Usage("minute", 60, 0, 20.0), Usage("day", 5000, 4000, 43_000.0)), 20.0),
        ((Usage("minute", 60, 0, 20.0), Usage("day", 5000, 0, 43_000.0)), 43_000.0),
        ((Usage("day", 5000, 0, 200_000.0),), LONGEST_WAIT),
        ((Usage("minute", 60, 0, 0.0),), 45.0),
        ((Usage("minute", 60, None, 30.0),), 30.0),
        ((Usage("minute", 60, 49, 20.0), Usage("day", 5000, 4000, 43_000.0)), 45.0),
    ],
    ids=[
        "nothing told: the next whole minute",
        "the exhausted window",
        "the longest of those exhausted",
        "never above a day",
        "reset in the past: the next whole minute",
        "the only window that is told",
        "none exhausted: the next whole minute",
    ],
)
def test_refused_call_waits_for_the_window_that_refused_it(usage: tuple[Usage, ...], seconds: float) -> None:
    assert wait_of(answer(), usage) == seconds


def test_what_the_provider_asks_goes_before_its_counters() -> None:
    assert wait_of(answer(Retry_After="7"), (Usage("minute", 60, 0, 20.0),)) == 7.0
