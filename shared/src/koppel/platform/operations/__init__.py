"""`/ops/v1`: what operators see and do, the same at every service, each for what it owns and consumes.

`parked`: parked events: list, show, retry, discard; `parked_details`: what is shown of one; `parked_causes`: by cause, and many at once: retry, dry run.
`releases`: many are retried as one act, and what became of them. `replays`: plan, list, start, pause, resume, cancel; `replay_models`: what is asked and answered there;
`replay_verdicts`: what became of each event at this service's consumer.
`consumers`: how far consumer groups are. `streams`: one stream: its logged events and its consumer's position. The SQL stands in the rooms whose tables are read.
`events`: what was logged, by cause, by what it is about, by office and time; also for one's own office, under `/v1`.
`find`: what an id is. `audit_trail`: who did what. `across_organisations`: for routes of services that list what is of all offices.
`access`: what the routes work on, and who may call. `Service` mounts it; an application made otherwise takes `ROUTERS`
and calls `install`.
"""

from koppel.platform.operations import (
    audit_trail,
    consumers,
    events,
    find,
    parked,
    parked_causes,
    releases,
    replay_verdicts,
    replays,
    streams,
)
from koppel.platform.operations.access import Operations, install

ROUTERS = (
    audit_trail.router,
    consumers.router,
    parked.router,
    parked_causes.router,
    releases.router,
    streams.router,
    events.router,
    find.router,
    replays.router,
    replay_verdicts.router,
)

__all__ = ["ROUTERS", "Operations", "install"]
