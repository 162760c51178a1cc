"""What goes wrong, and the alert that tells of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.contract.deployment.alerting.world import GONE, HEALTHY, SERVICES, Grows, Held, Series, Times

_MINUTE = 60
_HOUR = 3600
Severity = Literal["ticket", "page"]


@dataclass(frozen=True, slots=True)
class Case:
    """`series` replace those of the healthy installation. The alert fires `within` seconds and is over after `over`."""

    alert: str
    series: Mapping[str, Series]
    labels: Mapping[str, str] = field(default_factory=dict)
    within: int = _MINUTE
    over: int = 2 * _MINUTE
    fires: int = 1
    beside: frozenset[str] = frozenset()
    """Alerts that the same cause makes fire: Alertmanager keeps them back."""
    severity: Severity | None = None
    """Which of its two steps; None when it has one."""

    @property
    def times(self) -> Times:
        """Two minutes of peace before; the cause lasts a minute longer than the alert may take."""
        begins = 2 * _MINUTE
        ends = begins + self.within + _MINUTE
        return Times(begins, ends, ends + self.over, step=60 if self.within + self.over > _HOUR else 10)


def _named(metric: str, told: Series, *parts: str) -> dict[str, Series]:
    """The series of the metric that have all parts: one in each of the two processes."""
    names = [
        name for name in HEALTHY if name.partition("{")[0] == metric and all(part in name for part in parts)
    ]
    assert len({name.replace("-2:8080", "-1:8080") for name in names}) == 1, (metric, parts)
    return dict.fromkeys(names, told)


def _without(*metrics: str) -> dict[str, Series]:
    """What no process tells any more, of any service."""
    return {
        name: Held(told.value if isinstance(told, Held) else 0, then=GONE)
        for name, told in HEALTHY.items()
        if name.partition("{")[0] in metrics
    }


def _steps(ticket: int, page: int) -> tuple[tuple[Severity, int], tuple[Severity, int]]:
    return ("ticket", ticket), ("page", page)


def _gone() -> Iterator[Case]:
    for alert, metric in (
        ("ConsumersAreGone", "koppel_consumer_state"),
        ("RelaysAreGone", "koppel_relay_oldest_pending_seconds"),
    ):
        yield Case(alert, _without(metric), fires=len(SERVICES))
    roles = {name: told for name, told in _without("koppel_process_role").items() if 'role="jobs"' in name}
    yield Case("JobsAreGone", roles, fires=len(SERVICES))
    names = {name.partition("{")[0] for name in HEALTHY} - {"up"}
    silent = _without(*names) | {name: Held(1, then=0) for name in HEALTHY if name.startswith("up{")}
    others = frozenset({"ConsumersAreGone", "RelaysAreGone", "JobsAreGone"})
    yield Case("ServiceIsGone", silent, fires=len(SERVICES), beside=others)
    # Where Prometheus finds targets by asking, a target that is gone is not even down.
    unknown = _without(*names, "up")
    yield Case("ServiceIsGone", unknown, fires=len(SERVICES), beside=others)
    # An installation without a console has no such series.
    console = 'up{instance="koppel-console-1:8080",job="koppel-console"}'
    for dead in (0, GONE):
        yield Case("ServiceIsGone", {console: Held(1, then=dead)}, {"job": "koppel-console"})


def _cases() -> Iterator[Case]:
    sync = {"consumer": "sync-svc"}
    yield from _gone()
    yield Case(
        "EventsDoNotReachKafka",
        _named("koppel_relay_oldest_pending_seconds", Held(0.4, then=31), "import-svc"),
        {"job": "import-svc"},
    )
    yield Case(
        "EventsAreParked",
        _named("koppel_consumer_parked_causes", Held(0, then=1), "sync-svc", 'waits_for="operator"'),
        sync | {"cause": "handler_failed"},
    )
    missing = _named("koppel_consumer_oldest_gap_seconds", Held(0, then=31), "sync-svc")
    yield Case("EventsAreMissing", missing, sync)
    for severity, seconds in _steps(21, 61):
        behind = _named("koppel_consumer_seconds_behind", Held(2, then=seconds), "sync-svc")
        yield Case("ConsumerIsBehind", behind, sync, severity=severity)
    yield Case("ConsumerDoesNotConsume", _named("koppel_consumer_state", Held(1, then=0), "sync-svc"), sync)
    yield Case(
        "ServiceIsNotReady",
        _named("koppel_process_ready", Held(1, then=0), "sync-svc"),
        {"job": "sync-svc"},
    )
    failing = _named("koppel_job_failing_seconds", Held(0, then=31), "import-svc")
    yield Case("JobsFail", failing, {"job": "import-svc", "task": "purge"})
    yield from _connections()
    yield from _pauses()
    yield from _syncs()
    yield Case(
        "ReplayStandsStill",
        _named("koppel_replay_still_seconds", Held(0, then=31), "sync-svc"),
        {"job": "sync-svc"},
    )


def _connections() -> Iterator[Case]:
    waiting = Held(40, then=61)
    yield Case("GrantsWaitForALogin", _named("koppel_grants_reauthorization_required", waiting))
    refuses = _named("koppel_grants_our_fault", Held(0, then=1))
    yield Case("ProviderRefusesOurClient", refuses, {"provider": "moneybird"})
    place = {"job": "connection-svc", "instance": "connection-svc-1:8080"}
    for alert, metric in (
        ("StoredTokensAreRefused", "koppel_vault_rejections_total"),
        ("KeyFileIsNotTheRightOne", "koppel_key_mismatches_total"),
    ):
        yield Case(alert, _named(metric, Grows(0, then=1), "svc-1"), place)
        new = f'{metric}{{instance="connection-svc-3:8080",job="connection-svc"}}'
        began = {"job": "connection-svc", "instance": "connection-svc-3:8080"}
        yield Case(alert, {new: Held(GONE, then=1)}, began)


def _pauses() -> Iterator[Case]:
    refused = {"scope": "resource", "cause": "request_refused"}
    yield Case("SyncsArePausedForUs", _named("koppel_sync_pauses", Held(7, then=8), "resource"), refused)
    paused = _named("koppel_sync_pauses", Held(0, then=1), "provider_unavailable")
    named = {"provider": "moneybird"}
    silent = _named("koppel_provider_calls_total", Grows(200, then=2), '"ok"')
    yield Case("ProviderDoesNotAnswer", silent | _calls("provider_timeout", Grows(1, then=16)), named)
    new = _calls("provider_unreachable", Held(GONE, then=4))
    at_night = _named("koppel_provider_calls_total", Grows(3, then=0), '"ok"')
    yield Case("ProviderDoesNotAnswer", at_night | new, named, within=30)
    yield Case("ProviderIsPaused", paused, named, severity="ticket")
    yield Case("ProviderIsPaused", paused, named, severity="page", within=16 * _MINUTE)
    yield Case("DeletionsAreHeld", _named("koppel_sync_held_deletions", Held(30, then=81)))
    waits = _named("koppel_sync_budget_waits", Held(4, then=31), "moneybird")
    yield Case("BudgetIsExhausted", waits, named)
    budget = {"job": "sync-svc", "provider": "moneybird", "window": "5min"}
    yield Case(
        "BudgetIsTooSmall",
        _named("koppel_budget_exhausted_total", Grows(0, then=3)),
        budget,
        within=_HOUR + 10 * _MINUTE,
        over=15 * _MINUTE,
    )


def _calls(outcome: str, told: Series) -> dict[str, Series]:
    """In both processes; one that was never counted is there with its first count."""
    ok = [name for name in HEALTHY if name.startswith("koppel_provider_calls_total") and '"ok"' in name]
    return {name.replace('"ok"', f'"{outcome}"'): told for name in ok}


def _syncs() -> Iterator[Case]:
    old = {"provider": "moneybird"}
    aging = _named("koppel_sync_fresh_ratio", Held(0.97, then=0.3), "moneybird")
    yield Case("DataIsNotFresh", aging, old, severity="ticket")
    yield Case("DataIsNotFresh", aging, old, severity="page", within=_HOUR)
    for severity, seconds in _steps(41, 301):
        overdue = _named("koppel_sync_overdue_seconds", Held(12, then=seconds))
        yield Case("SyncsAreOverdue", overdue, severity=severity)
    blind = _named("koppel_job_failing_seconds", Held(0, then=301), "watch")
    yield Case("SyncsAreOverdue", blind, severity="page", beside=frozenset({"JobsFail"}))
    failing = _ending(40, 2, then=(2, 40))
    yield Case("SyncsFail", failing, severity="ticket")
    yield Case("SyncsFail", failing, severity="page", within=5 * _MINUTE)
    yield Case("SyncsFail", _ending(40, 2, then=(29, 13)), severity="page", within=_HOUR)


def _ending(well: float, badly: float, *, then: tuple[float, float]) -> dict[str, Series]:
    """Runs a minute and process."""
    runs = _named("koppel_sync_runs_total", Grows(well, then=then[0]), "unchanged")
    return runs | _named("koppel_sync_runs_total", Grows(badly, then=then[1]), "failed")


CASES = tuple(_cases())
