"""Criterion 35: a provider answers after ten seconds, and ten thousand syncs wait for it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import pytest
from tests.bench.stage import answered
from tests.chaos.criteria.figures import Figure, Report, percentile
from tests.chaos.rig.schedule import scaled
from tests.chaos.roles.conftest import Arrived
from tests.chaos.roles.processor import Share, between, shares_of
from tests.chaos.roles.sampled import Sampled
from tests.chaos.roles.split import Split

from sync_svc.settings import SyncSettings

pytestmark = pytest.mark.timeout(1200)
_LATENCY = 10.0
_SECONDS = 60
_AT_ONCE = 1_000
_COPIES = """
insert into sync.administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id, imported_at, name)
select gen_random_uuid(), organisation_id, connection_id, grant_id, provider, external_id, imported_at, name
from sync.administration cross join generate_series(1, $2)
where administration_id = any($1::uuid[]) returning administration_id::text
"""
_EVENTS = "select count(*) from sync.event_log"
_READS = (
    ("sync-svc", "/v1/sync-runs"),
    ("sync-svc", "/v1/sync-status"),
    ("import-svc", "/v1/administrations"),
    ("connection-svc", "/v1/connections"),
    ("assignment-svc", "/v1/users"),
)


async def test_who_waits_for_a_slow_provider_holds_little_and_reading_stays_quick(
    split: Split, arrived: Arrived, report: Report
) -> None:
    wanted = scaled(10_000)
    administrations = await _many(arrived, wanted)
    workers = split.of("sync-svc", "jobs")
    port = int(split.stage.sandbox.rpartition(":")[2])
    async with httpx.AsyncClient(base_url=split.stage.sandbox, timeout=60, trust_env=False) as sandbox:
        fault = {"kind": "delay", "match": {"method": "GET", "path": "/v2/*"}, "seconds": _LATENCY}
        before = await _read(split, arrived, _SECONDS / 3)
        await answered(sandbox.post("/_sandbox/faults", json=fault))
        async with Sampled(split.processes, workers, port) as sampled:
            await _ask(arrived, administrations)
            reads = await _read(split, arrived, _SECONDS)
        (await sandbox.delete("/_sandbox/faults")).raise_for_status()
    grown, who = sampled.grown
    most = SyncSettings.model_fields["concurrent_runs"].default * 3 * len(workers)
    report.says(
        35,
        f"a provider that answers after {_LATENCY:g} s, {len(administrations):,} syncs wait,"
        f" {len(reads.took):,} reads in {_SECONDS} s; {who} grew most; {reads.told()};"
        f" before it all {before.told()}",
        _figure("memory of a process grew by", grown, 100, unit="MiB", safety=True),
        _figure("connections to the provider", sampled.most_calls, most, safety=True),
        _figure("reads that failed", reads.failed, safety=True),
        _figure("p99 of reads", reads.p99, 500, unit="ms"),
        _figure("events a second once it is quick again", await _recovery(arrived), 60, least=True),
    )


async def _many(arrived: Arrived, number: int) -> list[str]:
    """Administrations of the same companies: importing so many takes longer than what is measured."""
    database = await arrived.stage.database()
    try:
        copies = -(-number // len(arrived.administrations))
        rows = await database.fetch(_COPIES, arrived.administrations, copies)
    finally:
        await database.close()
    return [row["administration_id"] for row in rows][:number]


async def _ask(arrived: Arrived, administrations: Sequence[str]) -> None:
    for at in range(0, len(administrations), _AT_ONCE):
        body = {"administration_ids": administrations[at : at + _AT_ONCE]}
        await answered(arrived.organisation.syncs.post("/v1/syncs", json=body))


@dataclass(slots=True)
class Reads:
    """Seconds and path of each read; `failed` were answered with a failure or not at all."""

    took: list[tuple[float, str]] = field(default_factory=list)
    failed: int = 0
    answering: Share = field(default_factory=Share)
    """What the processes had that answered, looks of the balancer included."""
    postgres: Share = field(default_factory=Share)
    """What PostgreSQL had, for everybody."""

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return 1000 * percentile([seconds for seconds, _ in self.took], 0.99)

    def told(self) -> str:
        """Where the time went."""
        seconds, path = max(self.took)
        return (
            f"p99 of reads {self.p99:.0f} ms, the slowest {path} ({1000 * seconds:.0f} ms), who answered"
            f" {self.answering.told(len(self.took))}, PostgreSQL {self.postgres.told(len(self.took))}"
        )


async def _read(split: Split, arrived: Arrived, seconds: float) -> Reads:
    answering = [process.pid for process in split.processes if process.role == "http"]
    postgres = split.postgres
    before = shares_of(answering), shares_of(postgres)
    reads = await _read_on(arrived, seconds)
    reads.answering = between(before[0], shares_of(answering))
    reads.postgres = between(before[1], shares_of(postgres))
    return reads


async def _read_on(arrived: Arrived, seconds: float) -> Reads:
    token = arrived.stage.person_token(arrived.organisation.beheerder, arrived.organisation.organisation_id)
    reads, until = Reads(), time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(timeout=30, trust_env=False, headers=headers) as http:
        while time.monotonic() < until:
            for service, path in _READS:
                began = time.monotonic()
                try:
                    answer = await http.get(arrived.stage.services[service] + path)
                    reads.failed += answer.status_code != httpx.codes.OK
                except httpx.HTTPError:
                    reads.failed += 1
                reads.took.append((time.monotonic() - began, path))
            await asyncio.sleep(0.1)
    return reads


async def _recovery(arrived: Arrived) -> float:
    """Events a second, from when the last slow answers have come."""
    database = await arrived.stage.database()
    try:
        await asyncio.sleep(_LATENCY)
        before, began = await database.fetchval(_EVENTS), time.monotonic()
        await asyncio.sleep(30)
        return float(await database.fetchval(_EVENTS) - before) / (time.monotonic() - began)
    finally:
        await database.close()


def _figure(
    name: str, seen: float, bound: float = 0, *, unit: str = "", safety: bool = False, least: bool = False
) -> Figure:
    return Figure(criterion=35, name=name, seen=seen, bound=bound, unit=unit, safety=safety, least=least)
