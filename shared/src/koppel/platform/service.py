"""What every service is made of: database, relay, consumer, jobs and HTTP, run as one process or split by role.

service = Service("import-svc", "import", version=VERSION, shared=shared, own=own)
app = service.http([sessions.router], description="…")
service.consume(subscriptions)
service.every("discovery", timedelta(milliseconds=200), discover_due)
return await service.run()
"""

import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import APIRouter, FastAPI

from koppel.kernel.retry import RetryPolicy
from koppel.platform import operations
from koppel.platform.consumer import Consumer, Subscriptions, live
from koppel.platform.consumer.kafka.groups import ConsumerGroups
from koppel.platform.consumer.kafka.health import ConsumerHealth
from koppel.platform.consumer.parked.gaps import GapDetector
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.http import create_app
from koppel.platform.identity import Authenticator, JwksFile, JwksUrl
from koppel.platform.kinds import Kind
from koppel.platform.leases import Leases
from koppel.platform.migrations import SchemaCheck
from koppel.platform.outbox.maintenance import Maintenance
from koppel.platform.outbox.relay import Relay, producer_factory
from koppel.platform.replay import ReplayProducer, ReplayRunner, ReplayTopics, Snapshots, listen
from koppel.platform.replay.target import ReplayHealth, replay_feed
from koppel.platform.restore import RestoreCheck
from koppel.platform.retention import Retention
from koppel.platform.runner import (
    DrainedPart,
    DrainedResource,
    HttpPart,
    Part,
    PeriodicPart,
    ResourcePart,
    TaskPart,
    run_service,
)
from koppel.platform.settings import KoppelSettings, ProcessRole, ServiceSettings
from koppel.platform.telemetry import metrics, setup_telemetry

log = logging.getLogger(__name__)

_LEASE_TTL = timedelta(seconds=10)
RETRY_EVERY = timedelta(milliseconds=500)
"""So late, at most, is an attempt that is due."""
_GAPS_EVERY = timedelta(seconds=2)
_WATCH_EVERY = timedelta(seconds=5)
_MAINTAIN_EVERY = timedelta(hours=1)


class Service:
    """Collects the parts of one process; `run` starts them in order and stops them in reverse."""

    def __init__(
        self,
        name: str,
        schema: str,
        *,
        version: str,
        shared: KoppelSettings,
        own: ServiceSettings,
        package: str | None = None,
    ) -> None:
        """`package` holds the service's `migrations`; by default it has the service's name."""
        setup_telemetry(
            name,
            version=version,
            otlp_endpoint=shared.otlp_endpoint,
            otlp_signals=shared.otlp_signals,
            log_level=shared.log_level,
        )
        dsn = own.database_url.get_secret_value()
        self.name = name
        self.health = Health()
        self.database = Database(dsn, schema, password_file=own.database_password_file, name=name)
        self.leases = Leases(self.database, owner=f"{name}/{os.getpid()}/{uuid4().hex[:8]}", ttl=_LEASE_TTL)
        self.authenticator = Authenticator(
            shared.jwt_issuer,
            shared.jwt_audience,
            JwksFile(shared.jwks_file) if shared.jwks_file else JwksUrl(shared.jwks_url or ""),
            names=shared.claims,
        )
        self._schema = SchemaCheck(self.database, package or name.replace("-", "_"))
        self._version = version
        self._shared = shared
        self._own = own
        self._database_place = f"PostgreSQL at {urlsplit(dsn).hostname}:{urlsplit(dsn).port or 5432}"
        self._relay = Relay(
            self.database,
            name,
            producer_factory(shared.kafka, f"{name}-relay"),
            beat=lambda: self.health.beat("relay", max_age=timedelta(seconds=60)),
        )
        replay_topics = ReplayTopics(shared.kafka)
        groups = ConsumerGroups(shared.kafka)
        self._operations = operations.Operations(self.database, name, replay_topics, groups)
        self._operations.replays.four_eyes = shared.replay_four_eyes
        self._http: list[Part] = []
        self._consumers: list[Part] = []
        self._jobs: list[Part] = []
        self._in_hand: list[Part] = []
        self._checks: list[Part] = []

    def http(
        self,
        routers: Sequence[APIRouter],
        *,
        description: str,
        asyncapi: Callable[[], Mapping[str, Any]] | None = None,
    ) -> FastAPI:
        """The service's HTTP application with the operators' routes; without the `http` role its probes only."""
        app = create_app(
            self.name,
            version=self._version,
            routers=[*routers, *operations.ROUTERS] if ProcessRole.HTTP in self._own.roles else [],
            authenticator=self.authenticator,
            health=self.health,
            description=description,
            asyncapi=asyncapi,
            service_access=self._shared.service_access,
        )
        self._http.append(HttpPart(app, self._own.host, self._own.port, stopping=self.health.stopping))
        return operations.install(app, self._operations)

    def finds(self, *kinds: Kind) -> None:
        """What ids can be at this service, for operators who look for one."""
        self._operations.kinds = kinds

    def consume(self, subscriptions: Subscriptions, *, policy: RetryPolicy | None = None) -> None:
        """Consume these subscriptions and what is said about replays; retry what was parked for a passing cause."""
        policy = policy or RetryPolicy()
        listen(subscriptions, self._operations.replays)
        self._operations.consumes(subscriptions, policy)
        if ProcessRole.CONSUMER not in self._own.roles:
            return
        kafka = self._shared.kafka
        consumer = Consumer(live(self.database, subscriptions, policy), kafka, instance=self._own.instance)
        retry = Retry(self.database, subscriptions, policy)
        watch = ConsumerHealth(consumer, subscriptions, self.database, self.health)
        gaps = GapDetector(self.database, subscriptions, policy, self._shared.gap_patience)
        self._consumers += [
            DrainedResource("consumer", consumer.start, consumer.stop, waiting_for=f"Kafka at {kafka}"),
            watch,
            PeriodicPart("parked retry", RETRY_EVERY, retry.run_due, self.health),
            PeriodicPart("parked releases", RETRY_EVERY, self._operations.releases.run_due, self.health),
            PeriodicPart("gap watch", _GAPS_EVERY, gaps.run_due, self.health),
            *self._replay_parts(subscriptions, policy),
        ]

    def _replay_parts(self, subscriptions: Subscriptions, policy: RetryPolicy) -> list[Part]:
        kafka, feed = self._shared.kafka, replay_feed(self.database, subscriptions, policy)
        consumer = Consumer(feed, kafka, instance=self._own.instance)
        return [
            DrainedResource("replay topic", consumer.start, consumer.stop, waiting_for=f"Kafka at {kafka}"),
            ReplayHealth(consumer, subscriptions, self.database, self.health),
        ]

    def snapshots(self, snapshots: Snapshots) -> None:
        """The state that a snapshot replay sends, read by the service."""
        self._operations.replays.snapshots = snapshots

    def every(self, name: str, interval: timedelta, job: Callable[[], Awaitable[object]]) -> None:
        """Run a job periodically, in processes with the `jobs` role."""
        self._jobs.append(PeriodicPart(name, interval, job, self.health))

    def background(self, part: Part) -> None:
        """Run an endless part of your own, in processes with the `jobs` role."""
        self._jobs.append(part)

    def drains(self, name: str, drain: Callable[[], Awaitable[object]]) -> None:
        """Wait for work that outlives its request or job, in processes of every role, before anything stops."""
        self._in_hand.append(DrainedPart(name, drain))

    def requires(self, name: str, check: Callable[[], Awaitable[object]]) -> None:
        """Ask this before anything is written; a `Permanent` ends the start, a server that is away is waited for."""
        self._checks.append(ResourcePart(name, check, _nothing, waiting_for=self._database_place))

    async def run(self) -> int:
        """Serve until told to stop; returns the exit code."""
        self.health.check("postgres", self.database.ping)
        self.health.check("schema", self._schema.run)
        for role in self._own.roles:
            metrics.gauge("koppel_process_role", lambda: 1, role=role.value)
        check = RestoreCheck(self.database, self.name, self._shared.kafka, self._shared.event_log_kept)
        servers = f"{self._database_place} and Kafka at {self._shared.kafka}"
        parts = [
            *self._http,
            ResourcePart(
                "schema", self._schema.run, _nothing, waiting_for=f"its schema in {self._database_place}"
            ),
            *self._checks,
            ResourcePart("restore check", check.run, _nothing, waiting_for=servers),
            self._database_part(),
            *self._in_hand,
        ]
        if ProcessRole.RELAY in self._own.roles:
            self.database.after_append(self._relay.wake)
            watch = Maintenance(self.database, self._shared.event_log_kept)
            retention = Retention(self.database, watch, self._shared.event_log_kept)
            parts += [
                PeriodicPart("event log partitions", _MAINTAIN_EVERY, retention.run, self.health),
                PeriodicPart("backbone watch", _WATCH_EVERY, watch.measure, self.health),
                TaskPart("relay", self._relay.run),
            ]
        parts += self._consumers
        if ProcessRole.JOBS in self._own.roles:
            parts += [*self._jobs, self._replay_runner()]
        return await run_service(
            name=self.name,
            parts=parts,
            health=self.health,
            shutdown_grace=self._shared.shutdown_grace,
            drain_delay=self._shared.drain_delay,
        )

    def _replay_runner(self) -> Part:
        producer = ReplayProducer(self._shared.kafka, f"{self.name}-replay")
        return ReplayRunner(self.database, self._operations.replays, producer, self.leases.owner, self.health)

    def _database_part(self) -> Part:
        return ResourcePart(
            "database", self.database.open, self.database.close, waiting_for=self._database_place
        )


async def _nothing() -> None:
    """A check that runs once; there is nothing to stop."""
