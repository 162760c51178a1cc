"""What migrations make of schedules that are there before them, as the migrator applies them: of all organisations."""

from datetime import timedelta

import asyncpg
import pytest

from koppel.platform.migrations import migrate
from koppel.testing.databases import ServiceDatabase

from .organisation import Organisation

_SWEEPS_DUE, _SWEEPS_RECKONED = "sync_svc/0058_pre_sweeps_due.sql", "sync_svc/0060_pre_sweeps_reckoned.sql"
_AN_HOUR, _A_WEEK, _A_MONTH = timedelta(hours=1), timedelta(days=7), timedelta(days=30)


@pytest.mark.parametrize(
    ("script", "due", "sweep", "becomes"),
    [
        (_SWEEPS_DUE, _A_MONTH, _A_WEEK, _A_WEEK),
        (_SWEEPS_DUE, _A_MONTH, -_AN_HOUR, timedelta(0)),
        (_SWEEPS_DUE, _AN_HOUR, _A_WEEK, _AN_HOUR),
        (_SWEEPS_DUE, _A_MONTH, None, _A_MONTH),
        (_SWEEPS_RECKONED, _A_MONTH, None, timedelta(0)),
        (_SWEEPS_RECKONED, _A_WEEK + _AN_HOUR, None, timedelta(0)),
        (_SWEEPS_RECKONED, _A_WEEK - _AN_HOUR, None, _A_WEEK - _AN_HOUR),
        (_SWEEPS_RECKONED, _A_MONTH, _A_WEEK, _A_MONTH),
        (_SWEEPS_RECKONED, -_AN_HOUR, None, -_AN_HOUR),
    ],
)
async def test_a_schedule_that_was_there_before_is_due_when_its_sweep_needs_it(
    organisation: Organisation,
    schema: ServiceDatabase,
    script: str,
    due: timedelta,
    sweep: timedelta | None,
    becomes: timedelta,
) -> None:
    await organisation.rows(
        "update sync_policy set next_due_at = now() + $2::interval, next_sweep_at = now() + $3::interval "
        "where administration_id = $1 returning 1",
        due,
        sweep,
    )
    await _migrate_again(schema, script)
    [policy] = await organisation.rows(
        "select next_due_at - now() as due, next_sweep_at - now() as sweep from sync_policy where administration_id = $1"
    )
    assert abs(policy["due"] - becomes) < _AN_HOUR / 2
    assert (policy["sweep"] is None) == (sweep is None)


async def _migrate_again(schema: ServiceDatabase, script: str) -> None:
    owner = await asyncpg.connect(schema.owner_dsn, server_settings={"search_path": schema.schema})
    await owner.execute("delete from schema_migration where name = $1", script)
    await owner.close()
    assert await migrate(schema.owner_dsn, schema.schema, "sync_svc") == [script]
