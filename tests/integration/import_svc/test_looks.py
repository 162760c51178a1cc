"""What a look shows beside the one before: new, known, renamed, moved and gone companies."""

from uuid import UUID

import pytest

from import_svc.application.outside import FoundCompanies
from import_svc.application.select_candidates import select_candidates
from koppel.kernel.errors import Conflict, InvalidInput
from koppel.kernel.ids import new_id
from koppel.providers.company import Company

from .office import Companies, Office


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
