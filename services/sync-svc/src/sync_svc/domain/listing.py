"""One listing of a run: where its reading is and what it counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from koppel.contracts.sync import ResourceCount
from koppel.contracts.values import Failure, ResourceName

OVERLAP = timedelta(minutes=5)
"""How far before its watermark an incremental reading begins. A package stamps a change when its transaction
starts and shows it when that commits, so a change may appear with a time that lies before the last reading;
five minutes is far above any request's time-out, and what is read twice changes nothing."""


class ListingState(StrEnum):
    """`unsupported`: the company's edition of the package lacks it, which is no failure."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"

    @property
    def ended(self) -> bool:
        return self not in (ListingState.WAITING, ListingState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A listing within a run. `server_time` is the package's clock at the first page, `changed_since` the
    filter, `expected` the size last time, `keeps_ids` whether the ids seen are kept to find what is gone, and
    `at_end` that the last page was applied."""

    resource: ResourceName
    listing: str
    state: ListingState = ListingState.WAITING
    changed_since: datetime | None = None
    server_time: datetime | None = None
    keeps_ids: bool = False
    next_page: int = 1
    at_end: bool = False
    total: int | None = None
    expected: int | None = None
    fetched: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    failed: int = 0
    failure: Failure | None = None


def changed_since(watermark: datetime | None) -> datetime | None:
    """The filter of an incremental reading; None reads everything."""
    return None if watermark is None else watermark - OVERLAP


def all_came(reading: Reading, *, distinct_ids: int) -> bool:
    """Whether a reading that came to its end brought as many objects as the package says there are.

    A filtered reading may count an object twice that changed meanwhile, so there more is as good.
    """
    if reading.total is None:
        return True
    came = distinct_ids + reading.failed
    return came == reading.total or (reading.changed_since is not None and came > reading.total)


_WORST_FIRST = (
    ListingState.FAILED,
    ListingState.RUNNING,
    ListingState.WAITING,
    ListingState.DONE,
    ListingState.UNSUPPORTED,
)


def count_resources(readings: Sequence[Reading]) -> tuple[ResourceCount, ...]:
    """Per resource what its listings counted together, in order of reading."""
    names = dict.fromkeys(reading.resource for reading in readings)
    return tuple(_count(name, [r for r in readings if r.resource == name]) for name in names)


def _count(resource: ResourceName, readings: Sequence[Reading]) -> ResourceCount:
    totals = [reading.total for reading in readings]
    return ResourceCount(
        resource=resource,
        state=_state(readings),
        fetched=sum(reading.fetched for reading in readings),
        changed=sum(reading.changed for reading in readings),
        deleted=sum(reading.deleted for reading in readings),
        unchanged=sum(reading.unchanged for reading in readings),
        failed=sum(reading.failed for reading in readings),
        total=None if None in totals else sum(total or 0 for total in totals),
    )


def _state(readings: Sequence[Reading]) -> str:
    states = {reading.state for reading in readings}
    if states == {ListingState.WAITING, ListingState.DONE}:
        return ListingState.RUNNING.value
    return next(state.value for state in _WORST_FIRST if state in states)
