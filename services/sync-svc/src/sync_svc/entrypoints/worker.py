"""The workers of one process: each holds one run at a time under a lease."""

from uuid import UUID

from opentelemetry import trace

from koppel.platform.health import Health
from koppel.platform.leased_worker import Due, LeasedWorker, Polling
from koppel.platform.leases import Lease, Leases
from koppel.platform.telemetry import metrics
from sync_svc.domain.run import LEASE_KIND
from sync_svc.entrypoints.jobs import Jobs

tracer = trace.get_tracer(__name__)

_POLLING = Polling(idle=0.25, attentive=0.02, attentive_for=0.3)


class Workers(LeasedWorker):
    """Takes runs that wait, at most `concurrency` at a time."""

    def __init__(self, leases: Leases, jobs: Jobs, health: Health, *, concurrency: int) -> None:
        super().__init__(
            "sync workers", LEASE_KIND, leases, health, concurrency=concurrency, polling=_POLLING
        )
        self._jobs = jobs
        metrics.gauge("koppel_sync_runs_running", lambda: float(self.running))

    async def due(self, limit: int) -> Due:
        most = min(limit, self.free)  # what is seen is taken
        return await self._jobs.take_turns(self._leases, most, self.resting)

    async def perform(self, subject: UUID, lease: Lease) -> None:
        with tracer.start_as_current_span("sync run"):
            await self._jobs.perform(subject, lease)
