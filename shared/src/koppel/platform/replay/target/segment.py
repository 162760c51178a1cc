"""Applies a replay's segments. A dry run and a run take the same steps."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from koppel.contracts.replay_topic import ReplayMark
from koppel.platform.consumer.decision import Decision, decide
from koppel.platform.consumer.decode import DecodedRecord, SourceRefused
from koppel.platform.consumer.processor import Work
from koppel.platform.outbox.newest import Stream
from koppel.platform.replay.target.parked_copies import ParkedCopies
from koppel.platform.replay.target.progress import Progress
from koppel.platform.replay.target.staleness import Standing, moved_meanwhile, stale_reason
from koppel.platform.replay.target.streams import Ranges, ReplayedStream, ReplayedStreams
from koppel.platform.replay.target.verdicts import Verdicts


@dataclass(slots=True)
class Segments:
    """One batch of one replay and phase, on positions that were read before.

    Counts must not depend on where a batch happens to end, nor on who was first. So held events whose turn has come
    are applied after each event, and an event of which a copy was held here counts as skipped: it was here already,
    whichever copy is applied.
    """

    work: Work
    streams: ReplayedStreams
    progress: Progress
    parked: ParkedCopies
    verdicts: Verdicts = field(default_factory=Verdicts)
    _seen: set[Stream] = field(default_factory=set)
    _by_positions: set[Stream] = field(default_factory=set)

    async def take(self, batch: Sequence[DecodedRecord]) -> None:
        """Apply the batch, each record that is parked here in place of the parked one."""
        await self.parked.load(self.work, batch)
        await self.apply(batch)
        await self.verdicts.name_causes(self.work.connection, self.progress.consumer)

    async def apply(self, batch: Sequence[DecodedRecord]) -> None:
        """Apply each record in order, until the consumer's position differs from the plan."""
        for item in batch:
            assert item.mark is not None  # noqa: S101  (only marked records come here)
            await self._take(item, item.mark)
            if self.progress.moved is not None:
                break
        await self.work.finish_run()

    async def go_through(self, before: Sequence[DecodedRecord]) -> None:
        """Run again, uncounted, what was rolled back of the segment that a dry run goes on with. Where its stream moved since,
        nothing is: the run will find the plan stale, and positions tell the rest."""
        if not before:
            return
        segment = self.streams.of(before[0].stream)
        if segment.state != "open" or segment.planned_head != self.work.positions.version(segment.stream):
            return
        planned = (segment.planned_head, segment.planned_parked, segment.planned_held)
        counted = self.progress, self.verdicts
        self.progress, self.verdicts = deepcopy(self.progress), Verdicts()
        await self.parked.load(self.work, before)
        await self.apply(before)
        moved = self.progress.moved
        self.progress, self.verdicts = counted
        segment.planned_head, segment.planned_parked, segment.planned_held = planned
        if moved is not None:
            self.progress.stop(moved)

    async def close(self, stream: Stream) -> None:
        """End a rebuild: the stream stands where it stood, or further, and goes on with what was held.

        While an event of it is parked, it stays there: the events behind are held, and lost none of their turns.
        """
        segment, positions = self.streams.of(stream), self.work.positions
        segment.state = "done"
        if stream in positions.parked:
            return
        if segment.resume_head is not None and segment.resume_head > positions.version(stream):
            positions.raise_to(stream, segment.resume_head, None)
        await self.work.finish_run()
        if stream in positions.held:
            await self.work.drain(stream)

    async def break_off(self, stream: Stream) -> None:
        """The rest of a rebuild is lost. Rows that were forgotten are not there yet, so where there are such the stream
        stays, as where it is cut; else it goes on as it stood."""
        if not self.work.fills(stream):
            await self.close(stream)
            return
        self.streams.of(stream).state = "done"
        await self.work.finish_run()

    async def _take(self, item: DecodedRecord, mark: ReplayMark) -> None:
        segment = self.streams.of(item.stream)
        if mark.first:
            await self._begin(segment, item, mark)
        elif item.stream not in self._seen:
            await self._go_on(segment, mark)
        self._seen.add(item.stream)
        if self.progress.moved is not None or segment.state == "passed":
            return
        if item.stream in self._by_positions:
            self._note(item, segment, self._by_position(segment, item))
            return
        # A handler that takes two events of a stream at once may write once what it else writes twice, and where batches end
        # is chance.
        await self.work.finish_run_of(item.stream)
        self._note(item, segment, await self._outcome(item))
        segment.head = self.work.positions.version(item.stream)
        segment.blocked = self.work.positions.blocked(item.stream, segment.head + 1)
        if mark.last:
            await self._end(segment, mark)

    async def _outcome(self, item: DecodedRecord) -> Decision:
        if (outcome := await self.parked.retry(self.work, item)) is not None:
            return outcome
        outcome = await self.work.take(item)
        if outcome is Decision.APPLY and item.stream in self.work.positions.held:
            await self.work.drain(item.stream)
        return outcome

    async def _begin(self, segment: ReplayedStream, item: DecodedRecord, mark: ReplayMark) -> None:
        positions, stream = self.work.positions, item.stream
        position = positions.version(stream)
        parked = any(stream in where for where in (positions.parked, positions.gaps, positions.apart))
        held: Ranges = []
        if stream in positions.held:
            held = await self.streams.held_versions(stream, position, mark.upto)
        if mark.phase == "rehearsal":
            segment.planned_head, segment.planned_parked, segment.planned_held = position, parked, held
        segment.head, segment.blocked, segment.held = position, positions.blocked(stream, position + 1), held
        if mark.parked_only and not parked and not segment.planned_parked:
            segment.state = "passed"
            return
        now = Standing(position, parked, held)
        if (reason := stale_reason(segment, mark, now, self.streams.rebuilt)) is not None:
            self._stop(segment, reason)
            return
        segment.state = "open"
        self.progress.streams += 1
        if mark.mode == "rebuild":
            segment.resume_head = position if mark.phase == "run" else None
            segment.base = position if item.version is None else min(position, item.version - 1)
            positions.take_back(stream, segment.base)
            if mark.whole and segment.base == 0:
                await self.work.forget(stream)

    async def _go_on(self, segment: ReplayedStream, mark: ReplayMark) -> None:
        """The segment began in an earlier batch."""
        if segment.state == "passed":
            return
        stream, positions = segment.stream, self.work.positions
        if mark.phase == "rehearsal":
            untouched = segment.base is None and segment.blocked == positions.blocked(
                stream, segment.head + 1
            )
            if not (untouched and segment.head == segment.planned_head == positions.version(stream)):
                # What came before was rolled back, so handlers would not find it: only positions can tell.
                self._by_positions.add(stream)
        elif segment.planned_head is not None and segment.base is None:
            position = positions.version(stream)
            if (reason := moved_meanwhile(segment, mark, position)) is not None:
                self._stop(segment, reason)

    def _by_position(self, segment: ReplayedStream, item: DecodedRecord) -> Decision:
        positions = self.work.positions
        event = positions.event(item.stream) if segment.head == positions.version(item.stream) else None
        outcome = decide(item, segment.head, parked=segment.blocked, event=event)
        if outcome is Decision.CONFLICT:
            return Decision.PARK
        if outcome is Decision.PARK and not isinstance(item.fault, SourceRefused):
            segment.blocked = True
        if outcome is Decision.APPLY:
            self.progress.estimated |= item.subscription is not None
            segment.head = segment.head if item.version is None else item.version
        return outcome

    def _note(self, item: DecodedRecord, segment: ReplayedStream, outcome: Decision) -> None:
        told = _told(outcome, item, segment)
        self.progress.count(told)
        self.verdicts.note(item, told, _reason(told, item, segment))

    async def _end(self, segment: ReplayedStream, mark: ReplayMark) -> None:
        """Where a rebuild was cut the position stays: a repair brings the rest, and later events wait for it as for a gap."""
        if segment.base is not None and segment.resume_head is not None and not mark.cut:
            await self.close(segment.stream)
        segment.state = "done"

    def _stop(self, segment: ReplayedStream, reason: str) -> None:
        self.progress.stop(f"{segment.stream[0]}/{segment.stream[1]}: {reason}")


def _reason(told: Decision, item: DecodedRecord, segment: ReplayedStream) -> str:
    """Why, as a code; what is parked gets its cause's later."""
    version = item.version or 0
    match told:
        case Decision.APPLY:
            again = segment.resume_head if segment.resume_head is not None else segment.planned_head
            return "applied_again" if segment.base is not None and version <= (again or 0) else "next_in_turn"
        case Decision.HOLD:
            return "earlier_event_parked" if segment.blocked else "earlier_version_missing"
        case Decision.PARK:
            return "handler_failed"
    if item.subscription is None:
        return "not_read_here"
    return "copy_waits_here" if segment.was_held(version) else "applied_before"


def _told(outcome: Decision, item: DecodedRecord, segment: ReplayedStream) -> Decision:
    """What the report says. Nothing was applied where nobody reads the type. A version of which a copy was held was
    here already; but in a rebuild each version above its beginning is applied again, by whichever copy."""
    if outcome is Decision.SKIP and segment.base is not None and (item.version or 0) > segment.base:
        outcome = Decision.APPLY
    elif outcome is Decision.APPLY and segment.base is None and segment.was_held(item.version or 0):
        outcome = Decision.SKIP
    return Decision.SKIP if outcome is Decision.APPLY and item.subscription is None else outcome
