"""Running a service: parts started in order, watched, and stopped in reverse on a signal.

`parts`: what a part is; `http_part`: the HTTP server as one; `periodic`: a job every so often as one.
`lifecycle`: starting, watching, draining and stopping them; `waiting`: for a server that is not there yet.
`process`: event loop and collector of the process around them.
"""

from koppel.platform.runner.http_part import HttpPart
from koppel.platform.runner.lifecycle import run_service
from koppel.platform.runner.parts import (
    BackgroundPart,
    DrainedPart,
    DrainedResource,
    Drains,
    Part,
    ResourcePart,
    TaskPart,
    Watched,
)
from koppel.platform.runner.periodic import PeriodicPart
from koppel.platform.runner.waiting import wait_for

__all__ = [
    "BackgroundPart",
    "DrainedPart",
    "DrainedResource",
    "Drains",
    "HttpPart",
    "Part",
    "PeriodicPart",
    "ResourcePart",
    "TaskPart",
    "Watched",
    "run_service",
    "wait_for",
]
