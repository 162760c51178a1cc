"""Decides whether a run must stop because a stream changed after its plan. Pure; asked before anything is applied."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from koppel.contracts.replay_topic import ReplayMark
from koppel.platform.outbox.newest import Stream
from koppel.platform.replay.target.streams import Ranges, ReplayedStream


class Standing(NamedTuple):
    """A stream now: its position, whether an event of it is parked, and which versions of the segment are held."""

    position: int
    parked: bool
    held: Ranges


def stale_reason(
    segment: ReplayedStream, mark: ReplayMark, now: Standing, rebuilt: Mapping[Stream, UUID]
) -> str | None:
    """Why the plan no longer holds for the stream where its segment begins, or None. `rebuilt` are other replays'."""
    if (other := rebuilt.get(segment.stream)) is not None:
        return f"rebuild_in_progress: replay {other} is in the middle of rebuilding it"
    if mark.mode == "rebuild" and now.position > mark.upto:
        return f"head_moved: it is at version {now.position}, and the replay ends at {mark.upto}"
    planned = segment.planned_head
    if planned is None:
        return None
    if now.position != planned and (mark.upto > min(now.position, planned) or mark.mode == "rebuild"):
        return f"head_moved: it is at version {now.position} and was at {planned} when this was planned"
    if mark.upto <= now.position and mark.mode != "rebuild":
        return None
    if now.parked != segment.planned_parked:
        return f"parked_changed: an event of it is {'now' if now.parked else 'no longer'} parked"
    if now.held != segment.planned_held:
        return "held_changed: other events of it wait than when this was planned"
    return None


def moved_meanwhile(segment: ReplayedStream, mark: ReplayMark, position: int) -> str | None:
    """Why a segment that was begun cannot go on: its stream got further by something else than what was held."""
    if mark.upto > min(position, segment.head) and not segment.explained(position):
        return f"head_moved: it went from version {segment.head} to {position} meanwhile"
    return None
