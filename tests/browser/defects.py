"""What a defect does to a service: a handler that fails until it is mended, rows that are lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg
from tests.browser.stage import Stage

from koppel_local.postgres.databases import on_database

_FAILING = (
    "create function sync.defect() returns trigger language plpgsql as $$ begin raise 'a defect'; end $$",
    "create trigger defect before update on sync.administration for each row execute function sync.defect()",
)
_MENDED = ("drop trigger defect on sync.administration", "drop function sync.defect()")
_LOST = (
    "delete from assignment.assignment where administration_id = '{id}'",
    "delete from assignment.administration where id = '{id}'",
    "delete from assignment.consumer_head where topic like '%administration%' and key = '{id}'",
)


def let_sync_svc_fail(stage: Stage) -> None:
    """Whatever changes an administration there, fails: its events are parked."""
    _execute(stage, _FAILING)


def mend_sync_svc(stage: Stage) -> None:
    """As the next release would."""
    _execute(stage, _MENDED)


def lose_assignment(stage: Stage, administration_id: str) -> None:
    """assignment-svc knows nothing of it any more, as after a restore of an old backup."""
    _execute(stage, tuple(each.format(id=administration_id) for each in _LOST))


def _execute(stage: Stage, statements: tuple[str, ...]) -> None:
    """In a thread: a loop of the browser's runs in ours."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _executed(stage.status["postgres"]["dsn"] or "", statements)).result()


async def _executed(administrator_dsn: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(on_database(administrator_dsn))
    try:
        for each in statements:
            await connection.execute(each)
    finally:
        await connection.close()
