"""An installation with a thousand offices as Prometheus sees it when all is well: something always waits for a person.

A series changes when a case makes its cause, and changes back when the cause is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")
GONE: Literal["_"] = "_"
"""In the place of a number: nothing is told, and Prometheus knows at its next reading."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the beginning, all multiples of `step`: when the cause is made, is gone, and the last look."""

    begins: int
    ends: int
    lasts: int
    step: int = 15


@dataclass(frozen=True, slots=True)
class Held:
    """A series that shows `value`, and `then` under the cause."""

    value: float
    then: float | Literal["_"] | None = None

    def told(self, times: Times) -> str:
        """In promtool's notation."""
        under = self.value if self.then is None else self.then
        parts = (
            (self.value, times.begins),
            (under, times.ends - times.begins),
            (self.value, times.lasts - times.ends + times.step),
        )
        return " ".join(_run(value, seconds // times.step) for value, seconds in parts)


@dataclass(frozen=True, slots=True)
class Grows:
    """A counter that grows by `rate` a minute, and by `then` under the cause."""

    rate: float
    then: float | None = None

    def told(self, times: Times) -> str:
        """In promtool's notation."""
        ordinary = self.rate * times.step / 60
        under = ordinary if self.then is None else self.then * times.step / 60
        first, middle = times.begins // times.step, (times.ends - times.begins) // times.step
        last = (times.lasts - times.ends) // times.step + 1
        turn, top = ordinary * first, ordinary * first + under * middle
        return f"0+{ordinary:f}x{first - 1} {turn:f}+{under:f}x{middle - 1} {top:f}+{ordinary:f}x{last - 1}"


Series = Held | Grows


def _run(value: float | str, times: int) -> str:
    return f"stale _x{times - 1}" if value == GONE else f"{value}+0x{times - 1}"


def _of_each_service() -> Mapping[str, Series]:
    series: dict[str, Series] = {}
    for job in SERVICES:
        place = f'instance="{job}:8080",job="{job}"'
        series[f"up{{{place}}}"] = Held(1)
        series[f"koppel_process_ready{{{place}}}"] = Held(1)
        for role in ("http", "consumer", "relay", "jobs"):
            series[f'koppel_process_role{{{place},role="{role}"}}'] = Held(1)
        series[f"koppel_relay_oldest_pending_seconds{{{place}}}"] = Held(0.4)
        series[f'koppel_consumer_state{{{place},consumer="{job}"}}'] = Held(1)
        series[f'koppel_consumer_seconds_behind{{{place},consumer="{job}"}}'] = Held(2)
        series[f"koppel_replay_pending_events{{{place}}}"] = Held(0)
        series[f'koppel_job_runs_total{{{place},outcome="done",task="sync schedule"}}'] = Grows(12)
        series[f'koppel_job_runs_total{{{place},outcome="failed",task="sync schedule"}}'] = Grows(1)
        parked = f'{place},cause="handler_failed",consumer="{job}"'
        series[f'koppel_consumer_parked_causes{{{parked},waits_for="retry"}}'] = Held(3)
        series[f'koppel_consumer_parked_causes{{{parked},waits_for="operator"}}'] = Held(0)
    return series


_CONNECTIONS = 'instance="connection-svc:8080",job="connection-svc"'
_SYNCS = 'instance="sync-svc:8080",job="sync-svc"'

HEALTHY: Mapping[str, Series] = {
    **_of_each_service(),
    f"koppel_grants{{{_CONNECTIONS}}}": Held(2000),
    # Forty logins wait, and each hour one or two more die.
    f"koppel_grants_reauthorization_required{{{_CONNECTIONS}}}": Grows(0.03),
    f"koppel_grants_our_fault{{{_CONNECTIONS}}}": Held(0),
    f"koppel_vault_rejections_total{{{_CONNECTIONS}}}": Held(0),
    f"koppel_key_mismatches_total{{{_CONNECTIONS}}}": Held(0),
    f'koppel_sync_administrations{{{_SYNCS},provider="moneybird"}}': Held(3000),
    f'koppel_sync_administrations{{{_SYNCS},provider="snelstart"}}': Held(2000),
    f'koppel_sync_fresh_ratio{{{_SYNCS},provider="moneybird"}}': Held(0.97),
    f'koppel_sync_fresh_ratio{{{_SYNCS},provider="snelstart"}}': Held(0.98),
    # Nobody decides about some, and clean-ups hold a few more each hour.
    f"koppel_sync_held_deletions{{{_SYNCS}}}": Grows(0.05),
    f"koppel_sync_overdue_seconds{{{_SYNCS}}}": Held(12),
    f'koppel_sync_pauses{{{_SYNCS},cause="request_refused",scope="resource"}}': Held(7),
    f'koppel_sync_pauses{{{_SYNCS},cause="licence_expired",scope="administration"}}': Held(20),
    f'koppel_sync_pauses{{{_SYNCS},cause="provider_unavailable",scope="provider"}}': Held(0),
    f'koppel_sync_runs_total{{{_SYNCS},mode="incremental",outcome="unchanged"}}': Grows(80),
    f'koppel_sync_runs_total{{{_SYNCS},mode="incremental",outcome="failed"}}': Grows(4),
    f'koppel_budget_exhausted_total{{{_SYNCS},provider="moneybird",window="5min"}}': Held(9, then=11),
}
