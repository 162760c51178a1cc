"""A thousand administrations cost a few statements, not a thousand of them."""

from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import pytest

from koppel.kernel.ids import new_id

from .organisation import Companies, Organisation


class Statements:
    """Everything sent to the database, other than the pool's own housekeeping."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def __call__(self, query: Any) -> None:
        self.sent.append(query.query)

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        self.sent.clear()
        yield self.sent


@pytest.fixture
async def statements(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> Statements:
    counting = Statements()
    begin = organisation.database.transaction
    system = organisation.database.system

    def logged(open_transaction: Any) -> Any:
        @asynccontextmanager
        async def wrapped(*arguments: UUID) -> Any:
            async with open_transaction(*arguments) as connection:
                with connection.query_logger(counting):
                    yield connection

        return wrapped

    monkeypatch.setattr(organisation.database, "transaction", logged(begin))
    monkeypatch.setattr(organisation.database, "system", logged(system))
    return counting


@pytest.mark.parametrize("number", [1, 1_000])
async def test_a_confirm_takes_the_same_statements_for_one_and_for_a_thousand(
    organisation: Organisation, statements: Statements, number: int
) -> None:
    connection_id = await organisation.connect([new_id() for _ in range(number)])
    session_id = await organisation.selected(connection_id, Companies())
    with statements.counted() as sent:
        assert len(await organisation.confirm(session_id)) == number
    assert len(sent) <= 10, sent


async def test_discovery_writes_in_batches(organisation: Organisation, statements: Statements) -> None:
    session_id = await organisation.start(await organisation.connect([new_id() for _ in range(1_000)]))
    with statements.counted() as sent:
        await organisation.discover(session_id, Companies())
    assert len(sent) < 150, len(sent)  # ten batches
    assert await organisation.count("select count(*) from candidate") == 1_000


async def test_deleting_a_connection_takes_the_same_statements_for_a_thousand(
    organisation: Organisation, statements: Statements
) -> None:
    grants = [new_id() for _ in range(1_000)]
    connection_id = await organisation.connect(grants)
    await organisation.confirm(await organisation.selected(connection_id, Companies()))
    with statements.counted() as sent:
        await organisation.disconnect(connection_id, grants)
    assert len(sent) <= 8, sent
    assert await organisation.count("select count(*) from administration where state = 'removed'") == 1_000


async def test_the_search_for_work_reads_no_session_without_work(organisation: Organisation) -> None:
    await organisation.start(await organisation.connect([new_id()]))
    async with organisation.database.system() as connection:
        await connection.execute("set local enable_seqscan = off")
        plan = await connection.fetch(
            "explain select id from import_session where work_due_at <= now() order by work_due_at limit 4"
        )
    assert any("import_session_due" in row[0] for row in plan), [row[0] for row in plan]
