"""What a look shows beside the one before: new, known, renamed, moved and gone companies."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.daily_look import start_looks
from import_svc.application.find_session import find_session, lock_session
from import_svc.application.outside import FoundCompanies
from import_svc.application.select_candidates import select_candidates
from import_svc.domain.administration import AdministrationFilter
from koppel.kernel.errors import Conflict, InvalidInput, NotFound
from koppel.kernel.ids import new_id
from koppel.providers.company import Company

from .organisation import Companies, Organisation

ALL = AdministrationFilter()
PAUSING = DiscoveryLimits(look_pauses={"eaccounting": timedelta(hours=1)})


class Listed(Companies):
    """Every login shows these: names by external id."""

    def __init__(self, **names: str) -> None:
        super().__init__()
        self.names = names

    async def companies(
        self,
        provider: str,
        organisation_id: UUID,
        grant_id: UUID,
        continuation: str | None,
        known: Mapping[str, str] | None = None,
    ) -> FoundCompanies:
        return FoundCompanies([Company(each, name, "01234567") for each, name in self.names.items()])


async def look(organisation: Organisation, connection_id: UUID, **names: str) -> UUID:
    session_id = await organisation.start(connection_id)
    await organisation.discover(session_id, Listed(**names))
    return session_id


async def shown(organisation: Organisation, session_id: UUID) -> dict[str, str]:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        return {each.external_id: each.seen_as for each in await tx.candidates.page(session_id, None, 100)}


async def select_all(organisation: Organisation, session_id: UUID) -> None:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        found = await tx.candidates.page(session_id, None, 100)
        await select_candidates(tx, organisation.caller, session_id, [each.id for each in found])


async def test_the_first_look_shows_new_companies_and_the_next_what_changed(
    organisation: Organisation,
) -> None:
    connection_id = await organisation.connect([new_id()])
    first = await look(organisation, connection_id, a="A", b="B", c="C")
    assert await shown(organisation, first) == {"a": "new", "b": "new", "c": "new"}
    second = await look(organisation, connection_id, a="A", b="B bv", d="D")
    assert await shown(organisation, second) == {"a": "known", "b": "renamed", "c": "gone", "d": "new"}
    third = await look(organisation, connection_id, a="A", b="B bv", d="D")
    assert await shown(organisation, third) == {"a": "known", "b": "known", "d": "known"}


async def test_a_company_that_comes_back_is_new(organisation: Organisation) -> None:
    connection_id = await organisation.connect([new_id()])
    for names in ({"a": "A"}, {}):
        await look(organisation, connection_id, **names)
    assert await shown(organisation, await look(organisation, connection_id, a="A")) == {"a": "new"}


async def test_a_company_behind_another_login_has_moved_when_that_of_before_does_not_work(
    organisation: Organisation,
) -> None:
    before = [new_id()]
    connection_id = await organisation.connect(before)
    await look(organisation, connection_id, a="A")
    assert await shown(
        organisation, await look(organisation, await organisation.connect([new_id()]), a="A")
    ) == {"a": "known"}
    await organisation.disconnect(connection_id, before)
    later = await organisation.connect([new_id()])
    first = await organisation.start(later)
    async with organisation.work.begin(None) as tx:
        await tx.connection.execute(
            "update seen_company set grant_id = $1 where organisation_id = $2",
            before[0],
            organisation.organisation_id,
        )
    await organisation.discover(first, Listed(a="A"))
    assert await shown(organisation, first) == {"a": "moved"}


async def test_what_another_login_showed_is_not_gone(organisation: Organisation) -> None:
    await look(organisation, await organisation.connect([new_id()]), a="A")
    other = await look(organisation, await organisation.connect([new_id()]), b="B")
    assert await shown(organisation, other) == {"b": "new"}


async def test_a_company_that_is_gone_can_be_neither_selected_nor_imported(
    organisation: Organisation,
) -> None:
    connection_id = await organisation.connect([new_id()])
    chosen = await look(organisation, connection_id, a="A", b="B")
    await select_all(organisation, chosen)
    later = await look(organisation, connection_id, b="B")
    with pytest.raises(InvalidInput) as refused:
        await select_all(organisation, later)
    assert refused.value.code == "company_gone"
    with pytest.raises(Conflict) as closed:
        await organisation.confirm(chosen)
    assert (closed.value.code, len(closed.value.errors)) == ("company_closed", 1)
    assert await organisation.count("select count(*) from administration") == 0


async def test_other_organisations_looks_do_not_count(organisation: Organisation) -> None:
    stranger = Organisation(organisation.database)
    await look(stranger, await stranger.connect([new_id()]), a="A")
    assert await shown(
        organisation, await look(organisation, await organisation.connect([new_id()]), a="A")
    ) == {"a": "new"}


async def vanished(organisation: Organisation) -> list[str]:
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        rows = await connection.fetch(
            "select payload::jsonb ->> 'reason' as reason from event_log where type like '%AdministrationVanished%'"
        )
    return [row["reason"] for row in rows]


async def imported(organisation: Organisation) -> UUID:
    """A connection whose companies a and b are administrations."""
    connection_id = await organisation.connect([new_id()])
    session_id = await look(organisation, connection_id, a="A", b="B")
    await select_all(organisation, session_id)
    await organisation.confirm(session_id)
    return connection_id


async def a_day_later(
    organisation: Organisation, connection_id: UUID, limits: DiscoveryLimits | None = None, /, **names: str
) -> int:
    """What the daily look does when the day has passed; returns how many looks it made."""
    async with organisation.database.transaction(organisation.organisation_id) as connection:
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
    await start_looks(organisation.work)
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        rows = await connection.fetch(
            "select id from import_session where connection_id = $1 and state = 'discovering'", connection_id
        )
    for row in rows:
        await organisation.discover(row["id"], Listed(**names), limits)
    return len(rows)


async def half_a_day_passes(organisation: Organisation) -> None:
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        await connection.execute("update seen_company set missed_at = missed_at - interval '12 hours'")


async def test_two_full_looks_without_it_and_an_administration_has_vanished_once(
    organisation: Organisation,
) -> None:
    connection_id = await imported(organisation)
    await look(organisation, connection_id, a="A")
    await half_a_day_passes(organisation)
    assert await vanished(organisation) == []
    for _ in range(2):
        await look(organisation, connection_id, a="A")
        await half_a_day_passes(organisation)
    assert await vanished(organisation) == ["not_listed"]
    async with organisation.work.begin(organisation.organisation_id) as tx:
        found = {each.name: each.vanished_at for each in await tx.administrations.page(ALL, None, None, 10)}
    assert found["A"] is None
    assert found["B"] is not None


async def test_looks_within_half_a_day_are_one(organisation: Organisation) -> None:
    connection_id = await imported(organisation)
    for _ in range(3):
        await look(organisation, connection_id, a="A")
    assert await vanished(organisation) == []


async def test_a_wizard_shows_what_is_gone_since_the_wizard_before_whatever_looks_saw_between(
    organisation: Organisation,
) -> None:
    connection_id = await imported(organisation)
    for _ in range(3):
        await a_day_later(organisation, connection_id, a="A")
    assert await shown(organisation, await look(organisation, connection_id, a="A")) == {
        "a": "known",
        "b": "gone",
    }
    assert await shown(organisation, await look(organisation, connection_id, a="A")) == {"a": "known"}


async def test_a_company_that_is_back_can_vanish_again(organisation: Organisation) -> None:
    connection_id = await imported(organisation)
    for names in ({"a": "A"}, {"a": "A"}, {"a": "A", "b": "B"}, {"a": "A"}):
        await look(organisation, connection_id, **names)
        await half_a_day_passes(organisation)
    assert await vanished(organisation) == ["not_listed"]
    await look(organisation, connection_id, a="A")
    assert await vanished(organisation) == ["not_listed"] * 2


async def test_what_was_never_imported_or_is_removed_does_not_vanish(organisation: Organisation) -> None:
    connection_id = await organisation.connect([new_id()])
    for names in ({"a": "A"}, {}, {}):
        await look(organisation, connection_id, **names)
    assert await vanished(organisation) == []


async def test_the_daily_look_follows_and_leaves_what_is_new_to_the_wizard(
    organisation: Organisation,
) -> None:
    connection_id = await imported(organisation)
    assert await a_day_later(organisation, connection_id, a="A bv", c="C") == 1
    assert (
        await organisation.count("select count(*) from event_log where type like '%AdministrationRenamed%'")
        == 1
    )
    assert await a_day_later(organisation, connection_id, a="A bv", c="C") == 1
    assert await vanished(organisation) == ["not_listed"]
    wizard = await look(organisation, connection_id, a="A bv", c="C")
    assert await shown(organisation, wizard) == {"a": "renamed", "b": "gone", "c": "new"}


async def found(organisation: Organisation) -> list[str]:
    """What was told to be new, by external id."""
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        rows = await connection.fetch(
            "select payload::jsonb ->> 'external_id' as external_id from event_log "
            "where type = 'nl.koppel.AdministrationFound.v1' order by seq"
        )
    return [row["external_id"] for row in rows]


async def listed(organisation: Organisation) -> list[str]:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        companies = await tx.seen_companies.found(None, None, 10)
        assert len(companies) == await tx.seen_companies.count_found(None)
    return [each.external_id for each in companies]


async def test_a_daily_look_tells_of_a_new_company_once_and_imports_nothing(
    organisation: Organisation,
) -> None:
    connection_id = await imported(organisation)
    for _ in range(2):
        await a_day_later(organisation, connection_id, a="A", b="B", c="C")
    assert (await found(organisation), await listed(organisation)) == (["c"], ["c"])
    assert await organisation.count("select count(*) from administration") == 2


async def test_what_a_person_sees_in_a_wizard_is_not_found(organisation: Organisation) -> None:
    connection_id = await imported(organisation)
    await a_day_later(organisation, connection_id, a="A", b="B", c="C")
    await look(organisation, connection_id, a="A", b="B", c="C", d="D")
    assert await listed(organisation) == []
    await a_day_later(organisation, connection_id, a="A", b="B", c="C", d="D")
    assert await found(organisation) == ["c"]


async def test_a_company_that_comes_back_is_found_again_unless_it_is_imported(
    organisation: Organisation,
) -> None:
    connection_id = await imported(organisation)
    for names in ({"a": "A", "b": "B", "c": "C"}, {"a": "A"}, {"a": "A", "b": "B", "c": "C"}):
        await a_day_later(organisation, connection_id, **names)
    assert await found(organisation) == ["c", "c"]


async def test_what_a_dead_login_showed_and_what_is_gone_is_not_listed(organisation: Organisation) -> None:
    grants = [new_id()]
    connection_id = await organisation.connect(grants)
    await look(organisation, connection_id, a="A")
    await a_day_later(organisation, connection_id, a="A", b="B", c="C")
    await a_day_later(organisation, connection_id, a="A", b="B")
    assert await listed(organisation) == ["b"]
    await organisation.disconnect(connection_id, grants)
    assert await listed(organisation) == []


async def test_a_look_is_made_once_a_day_after_a_wizard_and_nobody_sees_it(
    organisation: Organisation,
) -> None:
    unused, connection_id = await organisation.connect([new_id()]), await imported(organisation)
    await start_looks(organisation.work)
    assert await organisation.count("select count(*) from import_session where purpose = 'look'") == 0
    assert await a_day_later(organisation, connection_id, a="A", b="B") == 1
    await start_looks(organisation.work)
    assert await organisation.count("select count(*) from import_session where purpose = 'look'") == 1
    async with organisation.work.begin(organisation.organisation_id) as tx:
        seen = await tx.sessions.page(connection_id=None, state=None, before=None, limit=10, now=tx.now)
        assert [each.connection_id for each in seen] == [connection_id]
        [[looked]] = await tx.connection.fetch("select id from import_session where purpose = 'look'")
        with pytest.raises(NotFound):
            await find_session(tx, looked)
        with pytest.raises(NotFound):
            await lock_session(tx, looked)
    assert await a_day_later(organisation, unused) == 0


async def test_old_looks_are_forgotten_with_what_they_found(organisation: Organisation) -> None:
    connection_id = await imported(organisation)
    for _ in range(4):
        await a_day_later(organisation, connection_id, a="A", b="B")
    assert await organisation.count("select count(*) from import_session where purpose = 'look'") == 2
    assert await organisation.count("select count(*) from candidate") == 2 * 3
    assert await organisation.count("select count(*) from import_session where purpose = 'import'") == 1


async def test_a_look_asks_one_login_at_a_time_and_pauses_between_them(organisation: Organisation) -> None:
    connection_id = await organisation.connect([new_id() for _ in range(3)])
    await look(organisation, connection_id, a="A")
    await a_day_later(organisation, connection_id, PAUSING, a="A")
    waiting = (
        "select count(*) from grant_discovery join import_session on import_session.id = session_id "
        "where purpose = 'look' and grant_discovery.state = 'waiting' and next_attempt_at > now() + interval '59 minutes'"
    )
    assert await organisation.count(waiting) == 2


async def test_who_was_looked_at_longest_ago_comes_first(organisation: Organisation) -> None:
    """However many there are: nobody's turn comes twice before everybody's came once."""
    connections = [await organisation.connect([new_id()]) for _ in range(2)]
    for connection_id in connections:
        await look(organisation, connection_id, a="A")
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        for hours, connection_id in zip((30, 40), connections, strict=True):
            await connection.execute(
                "update import_session set created_at = created_at - $2 * interval '1 hour' where connection_id = $1",
                connection_id,
                hours,
            )
    async with organisation.work.begin(None) as tx:
        found = await tx.sessions.unlooked(tx.now - timedelta(days=1), 10_000)
    assert [each for each, *_ in found if each in connections] == connections[::-1]
