"""What a look shows beside the one before: new, known, renamed, moved and gone companies."""

from uuid import UUID

import pytest

from import_svc.application.find_session import find_session, lock_session
from import_svc.application.look_again import start_looks
from import_svc.application.outside import FoundCompanies
from import_svc.application.select_candidates import select_candidates
from import_svc.domain.administration import AdministrationFilter
from koppel.kernel.errors import Conflict, InvalidInput, NotFound
from koppel.kernel.ids import new_id
from koppel.providers.company import Company

from .office import Companies, Office

ALL = AdministrationFilter()


class Listed(Companies):
    """Every login shows these: names by external id."""

    def __init__(self, **names: str) -> None:
        super().__init__()
        self.names = names

    async def companies(
        self, provider: str, organisation_id: UUID, grant_id: UUID, continuation: str | None
    ) -> FoundCompanies:
        return FoundCompanies([Company(each, name, "01234567") for each, name in self.names.items()])


async def look(office: Office, connection_id: UUID, **names: str) -> UUID:
    session_id = await office.start(connection_id)
    await office.discover(session_id, Listed(**names))
    return session_id


async def shown(office: Office, session_id: UUID) -> dict[str, str]:
    async with office.work.begin(office.organisation_id) as tx:
        return {each.external_id: each.seen_as for each in await tx.candidates.page(session_id, None, 100)}


async def select_all(office: Office, session_id: UUID) -> None:
    async with office.work.begin(office.organisation_id) as tx:
        found = await tx.candidates.page(session_id, None, 100)
        await select_candidates(tx, office.caller, session_id, [each.id for each in found])


async def test_the_first_look_shows_new_companies_and_the_next_what_changed(office: Office) -> None:
    connection_id = await office.connect([new_id()])
    first = await look(office, connection_id, a="A", b="B", c="C")
    assert await shown(office, first) == {"a": "new", "b": "new", "c": "new"}
    second = await look(office, connection_id, a="A", b="B bv", d="D")
    assert await shown(office, second) == {"a": "known", "b": "renamed", "c": "gone", "d": "new"}
    third = await look(office, connection_id, a="A", b="B bv", d="D")
    assert await shown(office, third) == {"a": "known", "b": "known", "d": "known"}


async def test_a_company_that_comes_back_is_new(office: Office) -> None:
    connection_id = await office.connect([new_id()])
    for names in ({"a": "A"}, {}):
        await look(office, connection_id, **names)
    assert await shown(office, await look(office, connection_id, a="A")) == {"a": "new"}


async def test_a_company_behind_another_login_has_moved_when_that_of_before_does_not_work(
    office: Office,
) -> None:
    before = [new_id()]
    connection_id = await office.connect(before)
    await look(office, connection_id, a="A")
    assert await shown(office, await look(office, await office.connect([new_id()]), a="A")) == {"a": "known"}
    await office.disconnect(connection_id, before)
    later = await office.connect([new_id()])
    first = await office.start(later)
    async with office.work.begin(None) as tx:
        await tx.connection.execute(
            "update seen_company set grant_id = $1 where organisation_id = $2",
            before[0],
            office.organisation_id,
        )
    await office.discover(first, Listed(a="A"))
    assert await shown(office, first) == {"a": "moved"}


async def test_what_another_login_showed_is_not_gone(office: Office) -> None:
    await look(office, await office.connect([new_id()]), a="A")
    other = await look(office, await office.connect([new_id()]), b="B")
    assert await shown(office, other) == {"b": "new"}


async def test_a_company_that_is_gone_can_be_neither_selected_nor_imported(office: Office) -> None:
    connection_id = await office.connect([new_id()])
    chosen = await look(office, connection_id, a="A", b="B")
    await select_all(office, chosen)
    later = await look(office, connection_id, b="B")
    with pytest.raises(InvalidInput) as refused:
        await select_all(office, later)
    assert refused.value.code == "company_gone"
    with pytest.raises(Conflict) as closed:
        await office.confirm(chosen)
    assert (closed.value.code, len(closed.value.errors)) == ("company_closed", 1)
    assert await office.count("select count(*) from administration") == 0


async def test_other_organisations_looks_do_not_count(office: Office) -> None:
    stranger = Office(office.database)
    await look(stranger, await stranger.connect([new_id()]), a="A")
    assert await shown(office, await look(office, await office.connect([new_id()]), a="A")) == {"a": "new"}


async def vanished(office: Office) -> list[str]:
    async with office.database.transaction(office.organisation_id) as connection:
        rows = await connection.fetch(
            "select payload::jsonb ->> 'reason' as reason from event_log where type like '%AdministrationVanished%'"
        )
    return [row["reason"] for row in rows]


async def imported(office: Office) -> UUID:
    """A connection whose companies a and b are administrations."""
    connection_id = await office.connect([new_id()])
    session_id = await look(office, connection_id, a="A", b="B")
    await select_all(office, session_id)
    await office.confirm(session_id)
    return connection_id


async def a_day_later(office: Office, connection_id: UUID, **names: str) -> int:
    """What the daily look does when the day has passed; returns how many looks it made."""
    async with office.database.transaction(office.organisation_id) as connection:
        await connection.execute(
            "update import_session set created_at = created_at - interval '25 hours', state = 'expired' "
            "where connection_id = $1 and state <> 'imported'",
            connection_id,
        )
        await connection.execute(
            "update import_session set created_at = created_at - interval '25 hours' "
            "where connection_id = $1 and state = 'imported'",
            connection_id,
        )
        await connection.execute("update seen_company set missed_at = missed_at - interval '25 hours'")
    await start_looks(office.work)
    async with office.database.transaction(office.organisation_id) as connection:
        rows = await connection.fetch(
            "select id from import_session where connection_id = $1 and state = 'discovering'", connection_id
        )
    for row in rows:
        await office.discover(row["id"], Listed(**names))
    return len(rows)


async def half_a_day_passes(office: Office) -> None:
    async with office.database.transaction(office.organisation_id) as connection:
        await connection.execute("update seen_company set missed_at = missed_at - interval '12 hours'")


async def test_two_full_looks_without_it_and_an_administration_has_vanished_once(office: Office) -> None:
    connection_id = await imported(office)
    await look(office, connection_id, a="A")
    await half_a_day_passes(office)
    assert await vanished(office) == []
    for _ in range(2):
        await look(office, connection_id, a="A")
        await half_a_day_passes(office)
    assert await vanished(office) == ["not_listed"]
    async with office.work.begin(office.organisation_id) as tx:
        found = {each.name: each.vanished_at for each in await tx.administrations.page(ALL, None, None, 10)}
    assert found["A"] is None
    assert found["B"] is not None


async def test_looks_within_half_a_day_are_one(office: Office) -> None:
    connection_id = await imported(office)
    for _ in range(3):
        await look(office, connection_id, a="A")
    assert await vanished(office) == []


async def test_a_wizard_shows_what_is_gone_since_the_wizard_before_whatever_looks_saw_between(
    office: Office,
) -> None:
    connection_id = await imported(office)
    for _ in range(3):
        await a_day_later(office, connection_id, a="A")
    assert await shown(office, await look(office, connection_id, a="A")) == {"a": "known", "b": "gone"}
    assert await shown(office, await look(office, connection_id, a="A")) == {"a": "known"}


async def test_a_company_that_is_back_can_vanish_again(office: Office) -> None:
    connection_id = await imported(office)
    for names in ({"a": "A"}, {"a": "A"}, {"a": "A", "b": "B"}, {"a": "A"}):
        await look(office, connection_id, **names)
        await half_a_day_passes(office)
    assert await vanished(office) == ["not_listed"]
    await look(office, connection_id, a="A")
    assert await vanished(office) == ["not_listed"] * 2


async def test_what_was_never_imported_or_is_removed_does_not_vanish(office: Office) -> None:
    connection_id = await office.connect([new_id()])
    for names in ({"a": "A"}, {}, {}):
        await look(office, connection_id, **names)
    assert await vanished(office) == []


async def test_the_daily_look_follows_and_leaves_what_is_new_to_the_wizard(office: Office) -> None:
    connection_id = await imported(office)
    assert await a_day_later(office, connection_id, a="A bv", c="C") == 1
    assert await office.count("select count(*) from event_log where type like '%AdministrationRenamed%'") == 1
    assert await a_day_later(office, connection_id, a="A bv", c="C") == 1
    assert await vanished(office) == ["not_listed"]
    wizard = await look(office, connection_id, a="A bv", c="C")
    assert await shown(office, wizard) == {"a": "renamed", "b": "gone", "c": "new"}


async def found(office: Office) -> list[str]:
    """What was told to be new, by external id."""
    async with office.database.transaction(office.organisation_id) as connection:
        rows = await connection.fetch(
            "select payload::jsonb ->> 'external_id' as external_id from event_log "
            "where type = 'nl.koppel.AdministrationFound.v1' order by seq"
        )
    return [row["external_id"] for row in rows]


async def listed(office: Office) -> list[str]:
    async with office.work.begin(office.organisation_id) as tx:
        companies = await tx.seen_companies.found(None, None, 10)
        assert len(companies) == await tx.seen_companies.count_found(None)
    return [each.external_id for each in companies]


async def test_a_daily_look_tells_of_a_new_company_once_and_imports_nothing(office: Office) -> None:
    connection_id = await imported(office)
    for _ in range(2):
        await a_day_later(office, connection_id, a="A", b="B", c="C")
    assert (await found(office), await listed(office)) == (["c"], ["c"])
    assert await office.count("select count(*) from administration") == 2


async def test_what_a_person_sees_in_a_wizard_is_not_found(office: Office) -> None:
    connection_id = await imported(office)
    await a_day_later(office, connection_id, a="A", b="B", c="C")
    await look(office, connection_id, a="A", b="B", c="C", d="D")
    assert await listed(office) == []
    await a_day_later(office, connection_id, a="A", b="B", c="C", d="D")
    assert await found(office) == ["c"]


async def test_a_company_that_comes_back_is_found_again_unless_it_is_imported(office: Office) -> None:
    connection_id = await imported(office)
    for names in ({"a": "A", "b": "B", "c": "C"}, {"a": "A"}, {"a": "A", "b": "B", "c": "C"}):
        await a_day_later(office, connection_id, **names)
    assert await found(office) == ["c", "c"]


async def test_what_a_dead_login_showed_and_what_is_gone_is_not_listed(office: Office) -> None:
    grants = [new_id()]
    connection_id = await office.connect(grants)
    await look(office, connection_id, a="A")
    await a_day_later(office, connection_id, a="A", b="B", c="C")
    await a_day_later(office, connection_id, a="A", b="B")
    assert await listed(office) == ["b"]
    await office.disconnect(connection_id, grants)
    assert await listed(office) == []


async def test_a_look_is_made_once_a_day_after_a_wizard_and_nobody_sees_it(office: Office) -> None:
    unused, connection_id = await office.connect([new_id()]), await imported(office)
    await start_looks(office.work)
    assert await office.count("select count(*) from import_session where purpose = 'look'") == 0
    assert await a_day_later(office, connection_id, a="A", b="B") == 1
    await start_looks(office.work)
    assert await office.count("select count(*) from import_session where purpose = 'look'") == 1
    async with office.work.begin(office.organisation_id) as tx:
        seen = await tx.sessions.page(connection_id=None, state=None, before=None, limit=10, now=tx.now)
        assert [each.connection_id for each in seen] == [connection_id]
        [[looked]] = await tx.connection.fetch("select id from import_session where purpose = 'look'")
        with pytest.raises(NotFound):
            await find_session(tx, looked)
        with pytest.raises(NotFound):
            await lock_session(tx, looked)
    assert await a_day_later(office, unused) == 0


async def test_old_looks_are_forgotten_with_what_they_found(office: Office) -> None:
    connection_id = await imported(office)
    for _ in range(4):
        await a_day_later(office, connection_id, a="A", b="B")
    assert await office.count("select count(*) from import_session where purpose = 'look'") == 2
    assert await office.count("select count(*) from candidate") == 2 * 3
    assert await office.count("select count(*) from import_session where purpose = 'import'") == 1
