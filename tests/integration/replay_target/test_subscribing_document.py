"""docs/subscribing.md: its code is run as it stands, and does what the text beside it says."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from koppel.contracts.administration import AdministrationImported
from koppel.contracts.event import Event
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database
from koppel.platform.replay.target import ReplayProcessor
from koppel.testing.administrations import imported, renamed
from koppel.testing.databases import ServiceDatabase
from koppel.testing.deliveries import delivery

from .target import Replay, Target

DOCUMENT = (Path(__file__).parents[3] / "docs/subscribing.md").read_text(encoding="utf-8")


def code(language: str) -> str:
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL))


@dataclass
class Shelf:
    """The document's subscriber on a real database."""

    database: Database
    subscriptions: Subscriptions
    names: dict[str, Any]
    processor: Processor = field(init=False)

    def __post_init__(self) -> None:
        self.processor = Processor(self.database, self.subscriptions, RetryPolicy())

    def arriving(self, event: Event, version: int) -> DecodedRecord:
        return delivery(event, version, self.subscriptions)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.database.system() as connection:
            return [tuple(row) for row in await connection.fetch(statement)]

    async def books(self) -> set[str]:
        return {name for (name,) in await self.rows("select name from book")}

    async def parked(self) -> list[tuple[Any, ...]]:
        return await self.rows(
            "select cause_class, cause_code, next_attempt_at > now() + interval '59 s' from parked_event"
        )


@pytest.fixture
async def shelf(schema: ServiceDatabase, database: Database) -> AsyncIterator[Shelf]:
    names: dict[str, Any] = {}
    exec(compile(code("python"), "docs/subscribing.md", "exec"), names)  # noqa: S102  (the document's own code)
    owner = await asyncpg.connect(schema.owner_dsn)
    await owner.execute(f"set search_path = platform; {code('sql')}")
    try:
        yield Shelf(database, names["subscriptions"], names)
    finally:
        await owner.execute(
            "drop table platform.book; truncate platform.event_log, platform.outbox_pending, platform.parked_event, "
            "platform.held_event, platform.consumer_head, platform.stream_head"
        )
        await owner.close()


async def test_its_handlers_do_each_event_once_and_append_what_it_caused(shelf: Shelf) -> None:
    new = [imported(new_id()) for _ in range(3)]
    batch = [shelf.arriving(each, 1) for each in new]
    batch += [shelf.arriving(renamed(new[0], "Anders"), 2)]
    for _ in range(2):
        await shelf.processor.apply(batch)
    assert len(await shelf.books()) == len({"Anders", *(each.name for each in new[1:])})
    assert "Anders" in await shelf.books()
    caused = await shelf.rows(
        "select key, causation_id::text, payload::jsonb ->> 'requested_by' from event_log"
    )
    causes = {each.event.data.key: each.envelope.id for each in batch[:3] if each.envelope}
    assert sorted(caused) == sorted((key, cause, f"event:{cause}") for key, cause in causes.items())


async def test_a_permanent_cause_parks_the_event_and_holds_its_stream_alone(shelf: Shelf) -> None:
    first, other = imported(new_id()), imported(new_id())
    await shelf.processor.apply(
        [
            shelf.arriving(first, 1),
            shelf.arriving(other, 1),
            shelf.arriving(renamed(first, " "), 2),
            shelf.arriving(renamed(first, "Later"), 3),
            shelf.arriving(renamed(other, "Ander"), 2),
        ]
    )
    assert await shelf.parked() == [("permanent", "book_name_empty", None)]
    assert await shelf.rows("select version from held_event") == [(3,)]
    assert await shelf.books() == {first.name, "Ander"}


async def test_a_transient_cause_is_tried_again_not_before_it_says(shelf: Shelf) -> None:
    late, fine = imported(new_id()), imported(new_id())
    late = late.model_copy(update={"provider": "not yet here"})
    await shelf.processor.apply([shelf.arriving(late, 1), shelf.arriving(fine, 1)])
    assert await shelf.parked() == [("transient", "provider_not_yet_here", True)]
    assert await shelf.books() == {fine.name}


async def test_what_the_table_says_of_other_errors_holds(shelf: Shelf) -> None:
    for error in (TimeoutError(), ZeroDivisionError("a secret")):
        events = Subscriptions(f"shelf {type(error).__name__}")

        async def fails(event: object, connection: object, error: Exception = error) -> None:
            raise error

        events.on(AdministrationImported, fails)
        await Processor(shelf.database, events, RetryPolicy()).apply(
            [delivery(imported(new_id()), 1, events)]
        )
    found = await shelf.rows("select cause_class, cause_code, cause_detail from parked_event")
    assert {(kind, name) for kind, name, _ in found} == {
        ("transient", "handler_unavailable"),
        ("permanent", "handler_failed"),
    }
    assert "secret" not in str(found)


def test_its_numbers_are_those_of_the_policy() -> None:
    policy = RetryPolicy()
    assert (policy.first, policy.longest) == (timedelta(seconds=1), timedelta(minutes=5))
    assert (policy.attempts, policy.factor) == (5, 2)


async def test_it_is_planned_without_a_trace_and_then_run(shelf: Shelf) -> None:
    target = Target(shelf.database, shelf.subscriptions.name)
    target.subscriptions = shelf.subscriptions
    target.replay_processor = ReplayProcessor(shelf.database, shelf.subscriptions, target.policy)
    replay = Replay(target)
    book = imported(new_id()).model_copy(
        update={
            "administration_id": target.organisation.administration_id,
            "organisation_id": target.organisation.organisation_id,
        }
    )
    await shelf.processor.apply([shelf.arriving(book, 1)])
    await replay.send(replay.of("rehearsal", 2, 3))
    assert await replay.counts("rehearsal") == (2, 0, 0, 0)
    assert await shelf.books() == {book.name}
    await replay.send(replay.of("run", 2, 3))
    assert await replay.counts() == (2, 0, 0, 0)
    assert await shelf.books() == {"v3"}
