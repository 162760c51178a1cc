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
    step: int = 10


@dataclass(frozen=True, slots=True)
class Held:
    """A series that shows `value`, and `then` under the cause."""

    value: float | Literal["_"]
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


@dataclass(frozen=True, slots=True)
class Wave:
    """A gauge that goes through `values` again and again, one a step, cause or none."""

    values: tuple[float, ...]

    def told(self, times: Times) -> str:
        """In promtool's notation."""
        steps = times.lasts // times.step + 1
        return " ".join(f"{self.values[step % len(self.values)]}" for step in range(steps))


Series = Held | Grows | Wave


def _run(value: float | str, times: int) -> str:
    return f"stale _x{times - 1}" if value == GONE else f"{value}+0x{times - 1}"


def _places(job: str) -> list[str]:
    return [f'instance="{job}-{number}:8080",job="{job}"' for number in (1, 2)]


def _of_a_process(job: str, place: str) -> Mapping[str, Series]:
    series: dict[str, Series] = {
        f"up{{{place}}}": Held(1),
        f"koppel_process_ready{{{place}}}": Held(1),
        f"koppel_relay_oldest_pending_seconds{{{place}}}": Held(0.4),
        f'koppel_consumer_state{{{place},consumer="{job}"}}': Held(1),
        f'koppel_consumer_seconds_behind{{{place},consumer="{job}"}}': Held(2),
        f'koppel_consumer_oldest_gap_seconds{{{place},consumer="{job}"}}': Held(0),
        f"koppel_replay_still_seconds{{{place}}}": Held(0),
        f'koppel_job_failing_seconds{{{place},task="purge"}}': Held(0),
    }
    for role in ("http", "consumer", "relay", "jobs"):
        series[f'koppel_process_role{{{place},role="{role}"}}'] = Held(1)
    parked = f'{place},cause="handler_failed",consumer="{job}"'
    series[f'koppel_consumer_parked_causes{{{parked},waits_for="retry"}}'] = Held(3)
    series[f'koppel_consumer_parked_causes{{{parked},waits_for="operator"}}'] = Held(0)
    return series


def _of_connections(place: str) -> Mapping[str, Series]:
    return {
        f"koppel_grants{{{place}}}": Held(2000),
        # Forty logins wait, and each hour one or two more die.
        f"koppel_grants_reauthorization_required{{{place}}}": Grows(0.03),
        f'koppel_grants_our_fault{{{place},provider="moneybird"}}': Held(0),
        f"koppel_vault_rejections_total{{{place}}}": Held(0),
        f"koppel_key_mismatches_total{{{place}}}": Held(0),
    }


def _of_syncs(place: str) -> Mapping[str, Series]:
    return {
        f'koppel_sync_administrations{{{place},provider="moneybird"}}': Held(3000),
        f'koppel_sync_administrations{{{place},provider="snelstart"}}': Held(2000),
        # First loads of large companies, until midnight.
        f'koppel_sync_budget_waits{{{place},provider="moneybird"}}': Held(4),
        f'koppel_sync_budget_waits{{{place},provider="snelstart"}}': Held(0),
        f'koppel_sync_fresh_ratio{{{place},provider="moneybird"}}': Held(0.97),
        f'koppel_sync_fresh_ratio{{{place},provider="snelstart"}}': Held(0.98),
        # Nobody decides about some, and clean-ups hold a few more each hour.
        f"koppel_sync_held_deletions{{{place}}}": Grows(0.05),
        f"koppel_sync_overdue_seconds{{{place}}}": Held(12),
        f'koppel_job_failing_seconds{{{place},task="sync schedule watch"}}': Held(0),
        f'koppel_sync_pauses{{{place},cause="request_refused",provider="",scope="resource"}}': Held(7),
        f'koppel_sync_pauses{{{place},cause="licence_expired",provider="",scope="administration"}}': Held(20),
        f'koppel_sync_pauses{{{place},cause="provider_unavailable",provider="moneybird",scope="provider"}}': Held(
            0
        ),
        f'koppel_sync_runs_total{{{place},mode="incremental",outcome="unchanged"}}': Grows(40),
        f'koppel_sync_runs_total{{{place},mode="incremental",outcome="failed"}}': Grows(2),
        f'koppel_provider_calls_total{{{place},endpoint="/customers",outcome="ok",provider="moneybird"}}': Grows(
            200
        ),
        f'koppel_provider_calls_total{{{place},endpoint="/customers",outcome="provider_timeout",provider="moneybird"}}': Grows(
            1
        ),
        f'koppel_budget_exhausted_total{{{place},provider="moneybird",window="5min"}}': Held(9, then=11),
    }


HEALTHY: Mapping[str, Series] = {
    name: told
    for job in SERVICES
    for place in _places(job)
    for name, told in {
        **_of_a_process(job, place),
        **(_of_connections(place) if job == "connection-svc" else {}),
        **(_of_syncs(place) if job == "sync-svc" else {}),
    }.items()
}
"""Two processes of each service."""
