"""What goes wrong, and the alert that tells of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.contract.deployment.alerting.world import GONE, HEALTHY, SERVICES, Grows, Held, Series, Times

_MINUTE = 60
_HOUR = 3600


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

    @property
    def times(self) -> Times:
        """Two minutes of peace before; the cause lasts a minute longer than the alert may take."""
        begins = 2 * _MINUTE
        ends = begins + self.within + _MINUTE
        return Times(begins, ends, ends + self.over, step=60 if self.within + self.over > _HOUR else 15)


def _named(metric: str, told: Series, *parts: str) -> dict[str, Series]:
    """The one series of the metric that has all parts."""
    [name] = [
        name for name in HEALTHY if name.partition("{")[0] == metric and all(part in name for part in parts)
    ]
    return {name: told}


def _without(*metrics: str) -> dict[str, Series]:
    """What no process tells any more, of any service."""
    return {
        name: Held(told.value if isinstance(told, Held) else 0, then=GONE)
        for name, told in HEALTHY.items()
        if name.partition("{")[0] in metrics
    }


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
    yield Case(
        "ConsumerIsBehind", _named("koppel_consumer_seconds_behind", Held(2, then=61), "sync-svc"), sync
    )
    yield Case("ConsumerDoesNotConsume", _named("koppel_consumer_state", Held(1, then=0), "sync-svc"), sync)
    yield Case(
        "ServiceIsNotReady",
        _named("koppel_process_ready", Held(1, then=0), "sync-svc"),
        {"job": "sync-svc"},
    )
    tasks = _named("koppel_job_runs_total", Grows(12, then=0), "sync-svc", "done")
    tasks |= _named("koppel_job_runs_total", Grows(1, then=2), "sync-svc", "failed")
    yield Case("JobsFail", tasks, {"job": "sync-svc", "task": "sync schedule"}, within=6 * _MINUTE)
    yield from _connections()
    yield from _syncs()


def _connections() -> Iterator[Case]:
    waiting = Held(40, then=61)
    yield Case("GrantsWaitForALogin", _named("koppel_grants_reauthorization_required", waiting))
    yield Case("ProviderRefusesOurClient", _named("koppel_grants_our_fault", Held(0, then=1)))
    place = {"job": "connection-svc", "instance": "connection-svc:8080"}
    ten = 11 * _MINUTE
    for alert, metric in (
        ("StoredTokensAreRefused", "koppel_vault_rejections_total"),
        ("KeyFileIsNotTheRightOne", "koppel_key_mismatches_total"),
    ):
        yield Case(alert, _named(metric, Grows(0, then=1)), place, over=ten)


def _syncs() -> Iterator[Case]:
    refused = {"scope": "resource", "cause": "request_refused"}
    yield Case("SyncsArePausedForUs", _named("koppel_sync_pauses", Held(7, then=8), "resource"), refused)
    yield Case(
        "ProviderIsPaused",
        _named("koppel_sync_pauses", Held(0, then=1), "provider_unavailable"),
        within=16 * _MINUTE,
    )
    yield Case(
        "DataIsNotFresh",
        _named("koppel_sync_fresh_ratio", Held(0.97, then=0.3), "moneybird"),
        {"provider": "moneybird"},
        within=_HOUR,
    )
    yield Case("SyncsAreOverdue", _named("koppel_sync_overdue_seconds", Held(12, then=301)))
    failing = _named("koppel_sync_runs_total", Grows(80, then=4), "unchanged")
    failing |= _named("koppel_sync_runs_total", Grows(4, then=80), "failed")
    yield Case("SyncsFail", failing, within=5 * _MINUTE, over=5 * _MINUTE)
    some = _named("koppel_sync_runs_total", Grows(80, then=58), "unchanged")
    some |= _named("koppel_sync_runs_total", Grows(4, then=26), "failed")
    yield Case("SyncsFail", some, within=_HOUR, over=5 * _MINUTE)
    yield Case("DeletionsAreHeld", _named("koppel_sync_held_deletions", Held(30, then=81)))
    budget = {"job": "sync-svc", "provider": "moneybird", "window": "5min"}
    yield Case(
        "BudgetIsExhausted",
        _named("koppel_budget_exhausted_total", Grows(0, then=3)),
        budget,
        within=_HOUR + 10 * _MINUTE,
        over=15 * _MINUTE,
    )
    yield Case(
        "ReplayStandsStill",
        _named("koppel_replay_pending_events", Held(0, then=900), "sync-svc"),
        {"job": "sync-svc"},
        within=6 * _MINUTE,
    )


CASES = tuple(_cases())
