"""Applying a replay's sections. A rehearsal and a run take the same steps: what was planned is what happens."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from koppel.contracts.lane import LaneMark
from koppel.platform.consumer.decision import Decision, decide
from koppel.platform.consumer.decode import Arrival, SourceRefused
from koppel.platform.consumer.positions import Stream
from koppel.platform.consumer.processor import Work
from koppel.platform.replay.target.parked_copies import ParkedHere
from koppel.platform.replay.target.progress import Progress
from koppel.platform.replay.target.streams import LaneStream, LaneStreams, Ranges


@dataclass(slots=True)
class Sections:
    """One batch of one replay and phase, on heads that were read before.

    Counts must not depend on where a batch happens to end, nor on who was first. So held events whose turn has come
    are applied after each event, and an event of which a copy was held here counts as skipped: it was here already,
    whichever copy is applied.
    """

    work: Work
    streams: LaneStreams
    progress: Progress
    parked: ParkedHere
    _seen: set[Stream] = field(default_factory=set)
    _by_heads: set[Stream] = field(default_factory=set)

    async def apply(self, batch: Sequence[Arrival]) -> None:
        """Take each record in order, until the consumer turns out to stand elsewhere than it was planned."""
        for item in batch:
            assert item.mark is not None  # noqa: S101  (only marked records come here)
            await self._take(item, item.mark)
            if self.progress.moved is not None:
                break
        await self.work.finish_run()

    async def close(self, stream: Stream) -> None:
        """End a rebuild: the stream stands where it stood, or further, and goes on with what was held.

        While an event of it is parked, it stays there: the events behind are held, and lost none of their turns.
        """
        section, heads = self.streams.of(stream), self.work.heads
        section.state = "done"
        if stream in heads.parked:
            return
        if section.resume_head is not None and section.resume_head > heads.version(stream):
            heads.raise_to(stream, section.resume_head, None)
        await self.work.finish_run()
        if stream in heads.held:
            await self.work.drain(stream)

    async def break_off(self, stream: Stream) -> None:
        """The rest of a rebuild is lost. Rows that were forgotten are not there yet, so where there are such the stream
        stays, as where it is cut; else it goes on as it stood."""
        if not self.work.fills(stream):
            await self.close(stream)
            return
        self.streams.of(stream).state = "done"
        await self.work.finish_run()

    async def _take(self, item: Arrival, mark: LaneMark) -> None:
        section = self.streams.of(item.stream)
        if mark.first:
            await self._begin(section, item, mark)
        elif item.stream not in self._seen:
            await self._go_on(section, mark)
        self._seen.add(item.stream)
        if self.progress.moved is not None or section.state == "passed":
            return
        if item.stream in self._by_heads:
            self.progress.count(self._by_head(section, item))
            return
        self.progress.count(_told(await self._outcome(item), item, section))
        section.head = self.work.heads.version(item.stream)
        section.blocked = self.work.heads.blocked(item.stream, section.head + 1)
        if mark.last:
            await self._end(section, mark)

    async def _outcome(self, item: Arrival) -> Decision:
        if (outcome := await self.parked.retry(self.work, item)) is not None:
            return outcome
        outcome = await self.work.take(item)
        if outcome is Decision.APPLY and item.stream in self.work.heads.held:
            await self.work.drain(item.stream)
        return outcome

    async def _begin(self, section: LaneStream, item: Arrival, mark: LaneMark) -> None:
        heads, stream = self.work.heads, item.stream
        head = heads.version(stream)
        parked = any(stream in where for where in (heads.parked, heads.gaps, heads.apart))
        held: Ranges = []
        if stream in heads.held:
            held = await self.streams.held_versions(stream, head, mark.upto)
        if mark.phase == "rehearsal":
            section.planned_head, section.planned_parked, section.planned_held = head, parked, held
        section.head, section.blocked, section.held = head, heads.blocked(stream, head + 1), held
        if mark.parked_only and not parked and not section.planned_parked:
            section.state = "passed"
            return
        if (reason := self._moved(section, mark, head, parked=parked, held=held)) is not None:
            self._stop(section, reason)
            return
        section.state = "open"
        self.progress.streams += 1
        if mark.mode == "rebuild":
            section.resume_head = head if mark.phase == "run" else None
            section.base = head if item.version is None else min(head, item.version - 1)
            heads.take_back(stream, section.base)
            if mark.whole and section.base == 0:
                await self.work.forget(stream)

    def _moved(
        self, section: LaneStream, mark: LaneMark, head: int, *, parked: bool, held: Ranges
    ) -> str | None:
        """Why the plan no longer holds for the stream, or None."""
        if (other := self.streams.rebuilt.get(section.stream)) is not None:
            return f"rebuild_in_progress: replay {other} is in the middle of rebuilding it"
        if mark.mode == "rebuild" and head > mark.upto:
            return f"head_moved: it is at version {head}, and the replay ends at {mark.upto}"
        planned = section.planned_head
        if planned is None:
            return None
        if head != planned and (mark.upto > min(head, planned) or mark.mode == "rebuild"):
            return f"head_moved: it is at version {head} and was at {planned} when this was planned"
        if mark.upto <= head and mark.mode != "rebuild":
            return None
        if parked != section.planned_parked:
            return f"parked_changed: an event of it is {'now' if parked else 'no longer'} parked"
        if held != section.planned_held:
            return "held_changed: other events of it wait than when this was planned"
        return None

    async def _go_on(self, section: LaneStream, mark: LaneMark) -> None:
        """The section began in an earlier batch."""
        if section.state == "passed":
            return
        stream, heads = section.stream, self.work.heads
        if mark.phase == "rehearsal":
            untouched = section.base is None and section.blocked == heads.blocked(stream, section.head + 1)
            if not (untouched and section.head == section.planned_head == heads.version(stream)):
                # What came before was rolled back, so handlers would not find it: only heads can tell.
                self._by_heads.add(stream)
        elif section.planned_head is not None and section.base is None:
            head = heads.version(stream)
            if mark.upto > min(head, section.head) and not section.explained(head):
                self._stop(section, f"head_moved: it went from version {section.head} to {head} meanwhile")

    def _by_head(self, section: LaneStream, item: Arrival) -> Decision:
        heads = self.work.heads
        event = heads.event(item.stream) if section.head == heads.version(item.stream) else None
        outcome = decide(item, section.head, parked=section.blocked, event=event)
        if outcome is Decision.CONFLICT:
            return Decision.PARK
        if outcome is Decision.PARK and not isinstance(item.fault, SourceRefused):
            section.blocked = True
        if outcome is Decision.APPLY and item.version is not None:
            section.head = item.version
        return _told(outcome, item, section)

    async def _end(self, section: LaneStream, mark: LaneMark) -> None:
        """Where a rebuild was cut the head stays: a repair brings the rest, and later events wait for it as for a gap."""
        if section.base is not None and section.resume_head is not None and not mark.cut:
            await self.close(section.stream)
        section.state = "done"

    def _stop(self, section: LaneStream, reason: str) -> None:
        self.progress.stop(f"{section.stream[0]}/{section.stream[1]}: {reason}")


def _told(outcome: Decision, item: Arrival, section: LaneStream) -> Decision:
    """What the report says. Nothing was applied where nobody reads the type. A version of which a copy was held was
    here already; but in a rebuild each version above its beginning is applied again, by whichever copy."""
    if outcome is Decision.SKIP and section.base is not None and (item.version or 0) > section.base:
        outcome = Decision.APPLY
    elif outcome is Decision.APPLY and section.base is None and section.was_held(item.version or 0):
        outcome = Decision.SKIP
    return Decision.SKIP if outcome is Decision.APPLY and item.subscription is None else outcome
