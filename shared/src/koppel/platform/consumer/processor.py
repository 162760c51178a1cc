"""Applies decoded records. Positions, effects, and parked and held events commit together.

A batch is tried whole. If a handler raises, the batch is rolled back and run event by event under savepoints,
so one bad event costs itself and its stream's followers, not its neighbours.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from koppel.contracts.event import Event
from koppel.kernel.errors import Permanent
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.attempt import attempt
from koppel.platform.consumer.changes import ChangeCounter
from koppel.platform.consumer.decision import Decision, decide
from koppel.platform.consumer.decode import DecodedRecord, SourceRefused, StoredRecord, decode_record
from koppel.platform.consumer.parked.cause import VersionConflict, cause_of
from koppel.platform.consumer.parked.store import ParkedStore
from koppel.platform.consumer.positions import Overtaken, Positions
from koppel.platform.consumer.stored_text import digest
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscription, Subscriptions
from koppel.platform.consumer.tracing import link_to
from koppel.platform.database import UNAVAILABLE, Connection, Database
from koppel.platform.outbox.newest import Stream

log = logging.getLogger(__name__)

TRY_AGAIN = (*UNAVAILABLE, Overtaken)
"""Not caused by the event: the same batch is tried again and no event is parked."""

FOLLOWERS = 1_000
"""At most so many held events are applied in one transaction; the retry job takes the rest."""
_CHUNK = 500


class Processor:
    """Applies batches for one consumer. Raises only exceptions of `TRY_AGAIN`; then nothing was committed."""

    def __init__(self, database: Database, subscriptions: Subscriptions, policy: RetryPolicy) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._policy = policy

    async def apply(self, batch: Sequence[DecodedRecord]) -> None:
        """Returns once everything in the batch is applied, skipped, held or parked, durably."""
        begun = False
        try:
            async with self._database.system() as connection:
                begun = True
                await self._run(connection, batch, savepoints=False)
        except Exception as error:
            # A time-out or a refused connection may be the handler's own: then the database is still there.
            if isinstance(error, TRY_AGAIN) and not (begun and isinstance(error, OSError)):
                raise
            # What fails again then is parked, and said with its stack.
            name = type(error).__name__
            log.warning("a handler failed (%s); its batch of %s is run event by event", name, len(batch))
            async with self._database.system() as connection:
                await self._run(connection, batch, savepoints=True)

    async def _run(self, connection: Connection, batch: Sequence[DecodedRecord], *, savepoints: bool) -> None:
        work = self.open(connection, savepoints=savepoints)
        await work.positions.lock(item.stream for item in batch)
        await work.apply(batch)
        for stream in sorted(work.positions.held - work.positions.parked):
            await work.drain(stream)
        await work.positions.store()

    def open(self, connection: Connection, *, savepoints: bool, followers: int | None = None) -> "Work":
        """Work inside the caller's transaction; the caller locks the positions first and stores them last.

        `followers` bounds the held events that it may apply; `FOLLOWERS` when left out.
        """
        work = Work(connection, self._subscriptions, self._policy, savepoints=savepoints)
        if followers is not None:
            work.followers = followers
        return work


class Work:
    """One transaction's worth of applying."""

    def __init__(
        self, connection: Connection, subscriptions: Subscriptions, policy: RetryPolicy, *, savepoints: bool
    ) -> None:
        self.positions = Positions(connection, subscriptions.name)
        self.parked_store = ParkedStore(connection, subscriptions.name, policy)
        self.connection = connection
        self._subscriptions = subscriptions
        self._savepoints = savepoints
        self._run: list[DecodedRecord] = []
        self.followers = FOLLOWERS
        """How many held events this transaction may still apply."""
        self.stale: list[DecodedRecord] = []
        """Held events that were dropped, since their streams were past them."""
        self.changes: ChangeCounter | None = None
        """Counts what handlers change, where somebody wants to know."""

    async def apply(self, batch: Iterable[DecodedRecord]) -> None:
        """Take each record in order."""
        for item in batch:
            decision = self._decide(item)
            if not (decision is Decision.APPLY and self._joins(item)):
                await self._carry_out(item, decision)
        await self.finish_run()

    async def drain(self, stream: Stream) -> None:
        """Apply the stream's held events that are next in turn, until a gap, a failure or this transaction's share."""
        topic, key = stream
        if stream in self.positions.gaps and self.positions.advanced(stream):
            self.positions.gaps.discard(stream)
            await self.parked_store.put_back(topic, key)
        self.positions.unnumbered.discard(stream)  # their turn has come
        for numbered in (True, False):
            while chunk := min(_CHUNK, self.followers):
                done = await self._drain(stream, chunk, numbered=numbered)
                self.followers -= done
                if done < chunk:
                    break

    async def _drain(self, stream: Stream, limit: int, *, numbered: bool) -> int:
        topic, key = stream
        done = []
        for raw in await self.parked_store.held(topic, key, limit, numbered=numbered):
            item = self.read(raw)
            if (decision := self._decide(item)) is Decision.HOLD:
                break
            if decision is Decision.SKIP and item.version != self.positions.version(stream):
                self.stale.append(item)
            await self._carry_out(item, decision)
            await self.finish_run()
            done.append(raw)
        await self.parked_store.drop_held(topic, done)
        return len(done)

    def fills(self, stream: Stream) -> bool:
        """Whether there are tables that the stream's events alone fill."""
        return bool(self._subscriptions.tables.filled_by(stream[0]))

    async def forget(self, stream: Stream) -> None:
        """Delete what the stream's events filled, before they fill it again."""
        topic, key = stream
        for projection in self._subscriptions.tables.filled_by(topic):
            await projection.forget(self.connection, key)

    def read(self, raw: StoredRecord) -> DecodedRecord:
        """A record that was set aside, as its consumer reads it now. The current span is linked to the event's trace."""
        item = decode_record(raw, self._subscriptions)
        link_to(item)
        return item

    def must_wait(self, item: DecodedRecord) -> bool:
        """Whether something of its stream has to come first."""
        return self._decide(item) is Decision.HOLD

    async def take(self, item: DecodedRecord) -> Decision:
        """Act on the decision; returns it. An event to apply may still wait in the current run for its handler."""
        return await self._carry_out(item, self._decide(item))

    async def _carry_out(self, item: DecodedRecord, decision: Decision) -> Decision:
        match decision:
            case Decision.HOLD:
                await self.parked_store.hold(item)
                self.positions.set_aside(item.stream, self.positions.held)
            case Decision.PARK:
                assert item.fault is not None  # noqa: S101  (what made it PARK)
                return await self._park(item, item.fault)
            case Decision.CONFLICT:
                return await self._park(item, VersionConflict())
            case Decision.APPLY:
                return await self._apply(item)
            case Decision.SKIP:
                pass
        return decision

    async def _park(self, item: DecodedRecord, fault: Permanent) -> Decision:
        """A record that is not its stream's event of that version does not hold up the events behind it."""
        apart = isinstance(fault, SourceRefused | VersionConflict)
        if (apart or item.version is None) and await self._dealt_with(item):
            return Decision.SKIP
        await self.parked_store.park(item, cause_of(fault), apart=apart)
        if apart:
            self.positions.set_aside(item.stream, self.positions.apart)
        else:
            self.positions.park(item.stream, item.version)
        return Decision.PARK

    def _decide(self, item: DecodedRecord) -> Decision:
        blocked = self.positions.blocked(item.stream, item.version)
        position = self.positions.version(item.stream)
        event = self.positions.event(item.stream) if item.version == position else None
        return decide(item, position, parked=blocked, event=event)

    def _joins(self, item: DecodedRecord) -> bool:
        """Add the event to the current run if that needs no query, as for nearly all events."""
        subscription, run = item.subscription, self._run
        if subscription is None or item.version is None or self._savepoints:
            return False
        if run and not self._alike(run[-1], item):
            return False
        run.append(item)
        self.positions.raise_to(item.stream, item.version, item)
        return True

    def _alike(self, one: DecodedRecord, other: DecodedRecord) -> bool:
        """Whether one call of a handler may take both."""
        if one.subscription is not other.subscription:
            return False
        positions = self.positions
        return not positions.taken_back or positions.again(one.stream, one.version) is positions.again(
            other.stream, other.version
        )

    async def _apply(self, item: DecodedRecord) -> Decision:
        subscription = item.subscription
        if subscription is not None:
            if item.version is None and not await self._first_time(item):
                return Decision.SKIP
            if self._savepoints:
                return await self._try(item, subscription)
            if self._run and not self._alike(self._run[-1], item):
                await self.finish_run()
            self._run.append(item)
        self._raise_position(item)
        return Decision.APPLY

    async def finish_run_of(self, stream: Stream) -> None:
        """Call the handler now if the current run ends with an event of this stream."""
        if self._run and self._run[-1].stream == stream:
            await self.finish_run()

    async def finish_run(self) -> None:
        """Call the handler with the current run."""
        if self._run:
            run, self._run = self._run, []
            subscription = run[0].subscription
            assert subscription is not None  # noqa: S101  (only subscribed records join a run)
            await subscription.on_run([self.event(item) for item in run], self.connection)

    def event(self, item: DecodedRecord) -> ReceivedEvent[Event]:
        """The record's event, as its handler gets it."""
        again = self.positions.taken_back and self.positions.again(item.stream, item.version)
        return replace(item.event, again=True) if again else item.event

    async def _try(self, item: DecodedRecord, subscription: Subscription) -> Decision:
        try:
            await attempt(subscription, self.event(item), self.connection, self.changes)
        except TRY_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001  (the line is written on commit, with the stack)
            await self.parked_store.park(item, cause_of(error))
            self.positions.park(item.stream, item.version)
            return Decision.PARK
        self._raise_position(item)
        return Decision.APPLY

    async def _first_time(self, item: DecodedRecord) -> bool:
        return await self.positions.first_time(_identity(item))

    async def _dealt_with(self, item: DecodedRecord) -> bool:
        """Whether it was discarded before or is parked already; positions do not tell when Kafka delivers it again."""
        return await self.positions.seen(_identity(item)) or await self.parked_store.has_apart(item)

    async def remember(self, raw: StoredRecord) -> None:
        """Note that this record is done with, which its stream's position does not say."""
        await self.positions.first_time(_identity(self.read(raw)))

    def _raise_position(self, item: DecodedRecord) -> None:
        if item.version is not None:
            self.positions.raise_to(item.stream, item.version, item)


def _identity(item: DecodedRecord) -> str:
    """What tells a record without a version from others: its publisher's name for it, else its place on Kafka.

    As a digest: ids are kept by the million.
    """
    return item.digest or digest(f"{item.raw.topic}/{item.raw.partition}/{item.raw.offset}")
