"""What the daily looks find, as a person sees it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from import_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from import_svc.application.daily_look import start_looks
from koppel.platform.database import Database
from koppel.testing.eventually import eventually

from .clocks import MovableClock
from .organisation import Json, Organisation
from .outside import Outside

LOOKED = """
select count(*) from import_session where purpose = 'look' and state = 'expired' and connection_id = $1
"""


async def listed(organisation: Organisation, query: str) -> Json:
    answer = await organisation.api("GET", f"/v1/found-companies{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def a_day_passes(database: Database, clock: MovableClock, connection_id: UUID) -> None:
    """Until the connection was looked at, whoever else's turn comes before."""
    clock.ahead += timedelta(hours=25)

    async def looked() -> bool:
        await start_looks(PostgresUnitOfWork(database, clock))
        async with database.system() as connection:
            return bool(await connection.fetchval(LOOKED, connection_id))

    await eventually(looked, within=20, what="a look at the connection")


async def test_new_companies_are_listed_and_counted_until_a_wizard_shows_them(
    organisation: Organisation, outside: Outside, database: Database, clock: MovableClock
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"))
    await organisation.import_all(connection_id)
    await organisation.log_in(
        connection_id, *(outside.grant(name, kvk_number="68750110") for name in ("B", "C", "D"))
    )
    await a_day_passes(database, clock, connection_id)
    first = await listed(organisation, f"?connection_id={connection_id}&total=true&limit=2")
    rest = await listed(organisation, f"?limit=2&cursor={first['next_cursor']}")
    found = first["items"] + rest["items"]
    assert (first["total"], rest["total"], rest["next_cursor"]) == (3, None, None)
    assert sorted(each["name"] for each in found) == ["B", "C", "D"]
    assert {each["kvk_number"] for each in found} == {"68750110"}
    assert len(await organisation.events("AdministrationFound")) == 3
    session_id, _ = await organisation.discover(connection_id)
    assert (await organisation.session(session_id))["counts"]["new"] == 3
    assert (await listed(organisation, "?total=true"))["total"] == 0


async def test_another_organisations_found_companies_are_not_listed(
    organisation: Organisation,
    outside: Outside,
    database: Database,
    clock: MovableClock,
    new_organisation: Callable[[], Organisation],
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"))
    await organisation.import_all(connection_id)
    await organisation.log_in(connection_id, outside.grant("B"))
    await a_day_passes(database, clock, connection_id)
    stranger = new_organisation()
    assert (await listed(stranger, f"?connection_id={connection_id}&total=true"))["total"] == 0
    assert (await listed(organisation, "?total=true"))["total"] == 1
