"""`/ops/v1`: what operators see and do, the same at every service, each for what it owns and consumes.

`Service` mounts it; an application made otherwise takes `ROUTERS` and calls `install`.
"""

from koppel.platform.operations import parked, parked_causes, replays, streams
from koppel.platform.operations.access import Operations, install

ROUTERS = (parked.router, parked_causes.router, streams.router, replays.router)

__all__ = ["ROUTERS", "Operations", "install"]
