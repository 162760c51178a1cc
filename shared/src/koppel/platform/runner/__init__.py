"""Running a service: parts started in order, watched, and stopped in reverse on a signal."""

from koppel.platform.runner.http_part import HttpPart
from koppel.platform.runner.lifecycle import run_service
from koppel.platform.runner.parts import (
    BackgroundPart,
    DrainedPart,
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
