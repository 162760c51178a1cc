"""Two people in one session and a third in another of the same companies, some of whose acts are killed: whatever the
order, nobody undoes or imports what he had not seen, nothing is lost or imported twice, and what was killed left nothing."""

import asyncio
from random import Random
from uuid import UUID

import pytest

from import_svc.domain.administration import AdministrationFilter
from koppel.kernel.ids import new_id

from .organisation import Companies, Organisation
from .wizard_story import Act, DyingWork, Person, Story, drawn

ROUNDS = 25
IMPORTED = "select count(*) from event_log where type = 'nl.koppel.AdministrationImported.v1'"


class Played:
    """One session, and the acts that were done in it."""

    def __init__(self, organisation: Organisation, session_id: UUID, ids: list[UUID]) -> None:
        def dying(statements: int) -> DyingWork:
            work = DyingWork(organisation.database)
            work.statements = statements
            return work

        self.person = Person(
            organisation.caller, organisation.organisation_id, session_id, organisation.work, dying
        )
        self.ids = ids
        self.told: dict[int, Act] = {}
        self.imported: list[tuple[Act, list[tuple[UUID, UUID]]]] = []

    async def play(self, act: Act) -> None:
        for answer in await self.person.perform(act):
            if isinstance(answer, int):
                assert answer not in self.told
                self.told[answer] = act
            else:
                self.imported.append((act, sorted(answer)))

    def story(self) -> Story:
        """Of every act that was done."""
        assert sorted(self.told) == list(range(1, len(self.told) + 1))
        story = Story(self.ids)
        for version in sorted(self.told):
            story.tell(self.told[version], version)
        for act, imported in self.imported[:1]:
            story.tell_import(act, imported)
        assert all(imported == self.imported[0][1] for _, imported in self.imported)
        return story


async def discovered(organisation: Organisation, connection_id: UUID) -> Played:
    session_id = await organisation.start(connection_id)
    await organisation.discover(session_id, Companies())
    async with organisation.work.begin(organisation.organisation_id) as tx:
        return Played(
            organisation, session_id, [each.id for each in await tx.candidates.page(session_id, None, 10)]
        )


async def check(organisation: Organisation, played: Played) -> None:
    story = played.story()
    async with organisation.work.begin(organisation.organisation_id) as tx:
        found = await tx.candidates.page(played.person.session_id, None, 10)
    assert {each.id: each.selected for each in found} == {i: s for i, (s, _) in story.selected.items()}
    assert {each.id: each.sector and each.sector.code for each in found} == {
        i: code for i, (code, _) in story.sectors.items()
    }


async def play(organisation: Organisation, seed: int) -> None:
    random = Random(seed)
    connection_id = await organisation.connect([new_id() for _ in range(4)])
    sessions = [await discovered(organisation, connection_id) for _ in range(2)]
    at, seen = [sessions[0], sessions[0], sessions[1]], [0, 0, 0]
    for _ in range(ROUNDS):
        acts = [drawn(random, played.ids, seen[person]) for person, played in enumerate(at)]
        await asyncio.gather(*(played.play(act) for played, act in zip(at, acts, strict=True)))
        looked = random.randrange(3)
        seen[looked] = max(at[looked].told, default=0)
    for played in sessions:
        await check(organisation, played)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        there = await tx.administrations.page(AdministrationFilter(), None, None, 100)
    answered = {each for played in sessions for _, imported in played.imported for _, each in imported}
    assert len({each.external_id for each in there}) == len(there) == await organisation.count(IMPORTED)
    assert answered <= {each.id for each in there}


@pytest.mark.parametrize("seed", range(12))
async def test_nobody_undoes_or_imports_what_he_has_not_seen_and_nothing_is_lost(
    organisation: Organisation, seed: int
) -> None:
    await play(organisation, seed)
