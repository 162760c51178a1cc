"""One listing of a run: where its reading is and what it counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from koppel.contracts.sync import ResourceCount
from koppel.contracts.values import Failure, ResourceName
from koppel.providers.failures import MODULE_UNAVAILABLE
from koppel.providers.reading import Watermark
from sync_svc.domain.failure import NOTHING_OFFERED


class ListingState(StrEnum):
    """`unsupported`: the company's edition of the provider lacks it, which is no failure."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"

    @property
    def ended(self) -> bool:
        return self not in (ListingState.WAITING, ListingState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingProgress:
    """A listing within a run. With `since` only what changed after it is read, `high` is up to where its pages came.
    `continuation` asks for page `next_page`, None for the first; `mark` is one of those before. `expected` is the size last time, `keeps_ids` whether
    the ids seen are kept to find what is gone, and `at_end` that the last page was applied. `known` is up to where readings had come before this one,
    `missed` how many changes it found that increments should have, and `overlap` how much earlier these ask from now on, where that was
    raised for it."""

    resource: ResourceName
    listing: str
    state: ListingState = ListingState.WAITING
    since: Watermark | None = None
    high: Watermark | None = None
    known: Watermark | None = None
    keeps_ids: bool = False
    next_page: int = 1
    continuation: str | None = None
    mark: str | None = None
    at_end: bool = False
    total: int | None = None
    expected: int | None = None
    fetched: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    failed: int = 0
    missed: int = 0
    overlap: timedelta | None = None
    failure: Failure | None = None


def mark_behind(page: int, mark: str | None, following: str | None) -> str | None:
    """The mark after the page of this number, which leads to `following`: moved at pages 1, 2, 4, 8 …, so a circle of any
    length meets it within three times its way."""
    return following if page & (page - 1) == 0 else mark


def all_came(progress: ListingProgress, *, distinct_ids: int) -> bool:
    """Whether a reading that came to its end brought as many objects as the provider says there are.

    A filtered reading may count an object twice that changed meanwhile, so there more is as good.
    """
    if progress.total is None:
        return True
    came = distinct_ids + progress.failed
    return came == progress.total or (progress.since is not None and came > progress.total)


def raised_to(listings: Sequence[ListingProgress]) -> int | None:
    """The longest overlap in seconds to which a run raised one of its listings'; None where it raised none."""
    return max((int(each.overlap.total_seconds()) for each in listings if each.overlap), default=None)


_WORST_FIRST = (
    ListingState.FAILED,
    ListingState.RUNNING,
    ListingState.WAITING,
    ListingState.DONE,
    ListingState.UNSUPPORTED,
)


def count_resources(
    listings: Sequence[ListingProgress], ended_by: str | None = None
) -> tuple[ResourceCount, ...]:
    """Per resource what its listings counted together, in order of reading. `ended_by` is why the run came no further."""
    names = dict.fromkeys(progress.resource for progress in listings)
    return tuple(_count(name, [r for r in listings if r.resource == name], ended_by) for name in names)


def _count(
    resource: ResourceName, listings: Sequence[ListingProgress], ended_by: str | None
) -> ResourceCount:
    totals = [progress.total for progress in listings]
    return ResourceCount(
        resource=resource,
        state=_state(listings),
        fetched=sum(progress.fetched for progress in listings),
        changed=sum(progress.changed for progress in listings),
        deleted=sum(progress.deleted for progress in listings),
        unchanged=sum(progress.unchanged for progress in listings),
        failed=sum(progress.failed for progress in listings),
        total=None if None in totals else sum(total or 0 for total in totals),
        reason=next((reason for each in listings if (reason := _reason(each, ended_by))), None),
    )


def not_read(resource: ResourceName, reason: str | None) -> ResourceCount:
    """One that was asked for and that no listing was read for."""
    state = ListingState.UNSUPPORTED if reason == NOTHING_OFFERED.code else ListingState.WAITING
    return ResourceCount(
        resource=resource,
        state=state.value,
        fetched=0,
        changed=0,
        deleted=0,
        unchanged=0,
        failed=0,
        reason=reason,
    )


def _reason(progress: ListingProgress, ended_by: str | None) -> str | None:
    """Why it was not read, or not wholly: a code. None also of one that is read or comes next."""
    if progress.failure is not None:
        return progress.failure.code
    if progress.state is ListingState.UNSUPPORTED:
        return MODULE_UNAVAILABLE.code
    return None if progress.state.ended else ended_by


def _state(listings: Sequence[ListingProgress]) -> str:
    states = {progress.state for progress in listings}
    if states == {ListingState.WAITING, ListingState.DONE}:
        return ListingState.RUNNING.value
    return next(state.value for state in _WORST_FIRST if state in states)
