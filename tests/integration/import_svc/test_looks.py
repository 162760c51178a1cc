"""What a look shows beside the one before: new, known, renamed, moved and gone companies."""

from datetime import timedelta

import pytest

from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.daily_look import start_looks
from import_svc.application.find_session import find_session, lock_session
from import_svc.domain.administration import AdministrationFilter
from koppel.kernel.errors import Conflict, InvalidInput, NotFound
from koppel.kernel.ids import new_id

from .looks import Listed, a_day_later, half_a_day_passes, imported, look, select_all, shown, vanished
from .organisation import Organisation

ALL = AdministrationFilter()
PAUSING = DiscoveryLimits(look_pauses={"eaccounting": timedelta(hours=1)})


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
