"""Look-ups cost money: an organisation has so many a day."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from import_svc.domain.trade_register import LOOK_UPS_A_DAY
from koppel.platform.database import Database

from .clocks import MovableClock
from .organisation import Organisation
from .outside import Outside
from .trade_register import Register


async def used(database: Database, organisation: Organisation, look_ups: int) -> None:
    """The office has had so many numbers looked up today."""
    async with database.system() as connection:
        await connection.execute(
            "insert into registry_use (organisation_id, day, look_ups) values ($1, $2, $3)",
            organisation.organisation_id,
            datetime.now(UTC).date(),
            look_ups,
        )


async def test_an_organisation_that_used_up_its_day_is_told_when_there_is_more(
    new_organisation: Callable[[], Organisation], database: Database, register: Register, clock: MovableClock
) -> None:
    organisation, other = new_organisation(), new_organisation()
    known, another = register.knows("A"), register.knows("B")
    await used(database, organisation, LOOK_UPS_A_DAY - 1)
    assert (await organisation.api("GET", f"/v1/kvk/{known}")).status_code == 200
    refused = await organisation.api("GET", f"/v1/kvk/{another}")
    assert (refused.status_code, refused.json()["code"]) == (429, "registry_quota_exceeded")
    assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
    assert register.asked.count(another) == 0
    assert (await organisation.api("GET", f"/v1/kvk/{known}")).status_code == 200
    assert (await other.api("GET", f"/v1/kvk/{another}")).status_code == 200
    clock.ahead = timedelta(days=1)
    unseen = register.knows("C")
    assert (await organisation.api("GET", f"/v1/kvk/{unseen}")).status_code == 200


async def test_candidates_beyond_the_days_look_ups_are_shown_without_the_register(
    organisation: Organisation,
    database: Database,
    outside: Outside,
    register: Register,
    look_up: Callable[[], Awaitable[None]],
) -> None:
    numbers = sorted(register.knows(f"Company {each}") for each in range(3))
    await used(database, organisation, LOOK_UPS_A_DAY - 2)
    grants = [outside.grant(each, kvk_number=each) for each in numbers]
    session_id, _ = await organisation.discover(await organisation.connect(*grants))
    await look_up()
    shown = {each["name"]: each["registry"] is not None for each in await organisation.candidates(session_id)}
    assert shown == dict(zip(numbers, (True, True, False), strict=True))
