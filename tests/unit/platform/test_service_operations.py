"""`Service` mounts the operators' routes, with the consumer's handlers whatever the process does."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from koppel.kernel.retry import RetryPolicy
from koppel.platform import service as assembling
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.runner import Drains, Part
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, ProcessRole, ServiceSettings
from koppel.platform.telemetry.metrics import Metrics
from koppel.testing.tokens import TokenIssuer


@pytest.fixture
def shared(tmp_path: Path) -> KoppelSettings:
    return KoppelSettings(
        kafka_bootstrap_servers="127.0.0.1:1",
        jwt_issuer="https://issuer.test",
        jwks_file=TokenIssuer().write_jwks(tmp_path / "jwks.json"),
    )


def _service(shared: KoppelSettings, monkeypatch: pytest.MonkeyPatch, *roles: ProcessRole) -> Service:
    monkeypatch.setattr(assembling, "setup_telemetry", lambda *_, **__: None)
    own = ServiceSettings(
        database_url="postgresql://app:app@127.0.0.1:1/koppel", port=1, roles=frozenset(roles)
    )
    return Service("test-svc", "test", version="0", shared=shared, own=own)


def test_a_process_that_only_answers_can_run_a_discarded_events_followers(
    shared: KoppelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = _service(shared, monkeypatch, ProcessRole.HTTP)
    app = service.http([], description="")
    subscriptions = Subscriptions("test-svc")
    service.consume(subscriptions, policy=RetryPolicy())
    assert app.state.operations.subscriptions is subscriptions
    assert "/ops/v1/parked" in app.openapi()["paths"]


def test_a_process_that_does_not_answer_has_no_operators_routes(
    shared: KoppelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _service(shared, monkeypatch, ProcessRole.CONSUMER).http([], description="")
    assert app.openapi()["paths"] == {}


@pytest.mark.parametrize("roles", [("jobs",), ("http", "consumer"), ("http", "consumer", "relay", "jobs")])
async def test_a_process_shows_the_roles_that_it_has(
    roles: tuple[str, ...], shared: KoppelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`JobsAreGone` asks for the role: nothing else is shown by processes with jobs alone."""
    fresh, runs = Metrics(), AsyncMock(return_value=0)
    monkeypatch.setattr(assembling, "metrics", fresh)
    monkeypatch.setattr(assembling, "run_service", runs)
    await _service(shared, monkeypatch, *map(ProcessRole, roles)).run()
    shown = {role for role in ProcessRole if fresh.value("koppel_process_role", role=role.value)}
    assert shown == set(roles)
    told = [
        line for line in fresh.exposition().decode().splitlines() if line.startswith("koppel_process_role{")
    ]
    assert len(told) == len(roles), "absent() asks for a series, not for a number"


async def test_consumers_and_jobs_end_at_the_same_time(
    shared: KoppelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after another, of twenty parts, they would have to share the grace of the process."""
    seen: list[Part] = []

    async def run_service(*, parts: Sequence[Part], **_: object) -> int:
        seen.extend(parts)
        return 0

    monkeypatch.setattr(assembling, "run_service", run_service)
    service = _service(shared, monkeypatch, *ProcessRole)
    service.consume(Subscriptions("test-svc"))
    service.every("purge", timedelta(hours=1), AsyncMock())
    await service.run()
    drained = {part.name for part in seen if isinstance(part, Drains)}
    assert {"consumer", "replay topic", "purge", "parked retry", "event log partitions"} <= drained
