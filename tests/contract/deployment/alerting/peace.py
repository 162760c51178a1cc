"""What is to fire nothing: a thousand offices when all is well, on an ordinary day, while one process of two is away."""

import math
from collections.abc import Mapping

from tests.contract.deployment.alerting.playing import Test, peace
from tests.contract.deployment.alerting.world import GONE, HEALTHY, Held, Series, Times, Wave

UNCOUNTED = {
    "koppel_grants",
    "koppel_grants_reauthorization_required",
    "koppel_grants_our_fault",
    "koppel_sync_pauses",
    "koppel_sync_held_deletions",
    "koppel_sync_overdue_seconds",
    "koppel_sync_budget_waits",
    "koppel_consumer_oldest_gap_seconds",
}
"""Gauges that are NaN at first; tests of their processes hold that."""


def all_is_well() -> Test:
    """For three hours."""
    return peace("all is well", Times(begins=3600, ends=2 * 3600, lasts=3 * 3600, step=60), {})


def ordinary_day() -> Test:
    return peace("an ordinary day", Times(begins=600, ends=1200, lasts=4800, step=15), NOISY)


def one_of_two_fails() -> Test:
    """Its loops turn and do nothing."""
    wrong = {"koppel_process_ready": 0, "koppel_consumer_state": 0, "koppel_job_failing_seconds": 400}
    series = {
        name: Held(told, then=wrong[metric]) for name, metric, told in _of_the_first() if metric in wrong
    }
    return peace("one of two fails", Times(begins=120, ends=600, lasts=720), series)


def one_of_two_is_gone() -> Test:
    series = {name: Held(told, then=0 if metric == "up" else GONE) for name, metric, told in _of_the_first()}
    return peace("one of two is gone", Times(begins=120, ends=600, lasts=720), series)


def _of_the_first() -> list[tuple[str, str, float]]:
    return [
        (name, name.partition("{")[0], float(told.value))
        for name, told in HEALTHY.items()
        if isinstance(told, Held) and told.then is None and '-1:8080"' in name
    ]


def starts_anew() -> Test:
    """Gauges are NaN until their first count: as zeros, what waits would seem to rise when it is counted."""
    uncounted = {
        name: Held(told.value if isinstance(told, Held) else 40, then=math.nan)
        for name, told in HEALTHY.items()
        if name.partition("{")[0] in UNCOUNTED
    }
    return peace("starts anew", Times(begins=600, ends=660, lasts=1200), uncounted)


def _shown(value: float, seconds: int, every: int, instead: float) -> Wave:
    """`instead` for so long, once in `every` seconds; steps are of 15 s."""
    return Wave((instead,) * (seconds // 15) + (value,) * ((every - seconds) // 15))


def _noise() -> Mapping[str, Series]:
    """An ordinary hour: releases, rebalances, schedules that begin together, providers that stumble."""
    quarter, hour = 900, 3600
    noisy: dict[str, Series] = {}
    for name in HEALTHY:
        metric, first = name.partition("{")[0], '-1:8080"' in name
        match metric:
            case "koppel_process_ready" | "koppel_consumer_state":
                noisy[name] = _shown(1, 60 if first else 15, hour, instead=0)
            case "up":
                noisy[name] = _shown(1, 15, quarter, instead=0)
            case "koppel_consumer_seconds_behind" | "koppel_consumer_oldest_gap_seconds":
                noisy[name] = _shown(2, 15, quarter, instead=17)
            case "koppel_relay_oldest_pending_seconds":
                noisy[name] = _shown(0.4, 15, quarter, instead=12)
            case "koppel_job_failing_seconds":
                noisy[name] = _shown(0, 15, hour, instead=20) if "watch" in name or not first else Held(4000)
            case "koppel_sync_overdue_seconds":
                noisy[name] = _shown(3, 30, hour, instead=28)
            case "koppel_sync_fresh_ratio":
                noisy[name] = _shown(0.97, 300, hour, instead=0.93)
            case "koppel_consumer_parked_causes" if "retry" in name:
                noisy[name] = _shown(0, 300, hour, instead=40)
            case "koppel_grants_reauthorization_required" | "koppel_sync_held_deletions":
                noisy[name] = Wave(tuple(40.0 + step // 120 for step in range(480)))
            case "koppel_budget_exhausted_total":
                noisy[name] = Wave(
                    tuple(float(sum(of % 240 < 80 for of in range(step))) for step in range(480))
                )
            case "koppel_replay_still_seconds" | "koppel_sync_budget_waits" if (
                first and "snelstart" not in name
            ):
                noisy[name] = _shown(0, 45, quarter, instead=25)
    return noisy


NOISY: Mapping[str, Series] = {**HEALTHY, **_noise()}
"""The same on an ordinary day: each does what it may do."""
