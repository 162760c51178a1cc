"""Two people work in one session at the same time and some of their acts are killed: whatever the order, nobody undoes
what he had not seen, nothing is lost, and what was killed left nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

import pytest

from import_svc.application.select_candidates import select_candidates
from import_svc.application.store_profiles import ProfileRow, store_profiles
from import_svc.domain.profile import ProfileDraft
from koppel.contracts.values import Sector
from koppel.kernel.errors import Conflict
from koppel.kernel.ids import new_id

from .organisation import Companies, Organisation

ROUNDS = 25
_SECTORS = "ACFG"


class Killed(Exception):
    """The process died before it committed."""


@dataclass(frozen=True)
class Act:
    """What a person does who has seen that version: a whole selection, or sectors of some candidates."""

    seen: int
    selection: frozenset[UUID] | None
    sectors: dict[UUID, str]
    killed: bool


def drawn(random: Random, ids: Sequence[UUID], seen: int) -> Act:
    some = random.sample(ids, random.randint(1, len(ids)))
    killed = random.random() < 0.2
    if random.random() < 0.5:
        return Act(seen, frozenset(some), {}, killed)
    return Act(seen, None, {each: random.choice(_SECTORS) for each in some}, killed)


async def perform(organisation: Organisation, session_id: UUID, act: Act) -> int | None:
    """The version that it made; None: refused, or killed."""
    try:
        async with organisation.work.begin(organisation.organisation_id) as tx:
            if act.selection is not None:
                made = await select_candidates(
                    tx, organisation.caller, session_id, list(act.selection), act.seen
                )
            else:
                rows = [
                    ProfileRow(each, ProfileDraft(sector=Sector(sbi_version="2025", code=code)))
                    for each, code in act.sectors.items()
                ]
                stored = await store_profiles(tx, organisation.caller, session_id, rows, version=act.seen)
                made = stored.version
            if act.killed:
                raise Killed
    except Killed:
        return None
    except Conflict as refused:
        if refused.code != "import_session_changed" or not refused.errors:
            raise
        return None
    return made


class Story:
    """What the session holds when the acts that were stored are told one after the other."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self.selected: dict[UUID, tuple[bool, int]] = dict.fromkeys(ids, (False, 0))
        self.sectors: dict[UUID, tuple[str | None, int]] = dict.fromkeys(ids, (None, 0))

    def tell(self, act: Act, version: int) -> None:
        if act.selection is not None:
            for each, (was, since) in self.selected.items():
                now = each in act.selection
                assert now == was or since <= act.seen, "undid a selection that was not seen"
                self.selected[each] = (now, version if now != was else since)
        for each, code in act.sectors.items():
            before, since = self.sectors[each]
            assert code == before or since <= act.seen, "undid a profile that was not seen"
            self.sectors[each] = (code, version)


@pytest.mark.parametrize("seed", range(6))
async def test_nobody_undoes_what_he_has_not_seen_and_nothing_is_lost(
    organisation: Organisation, seed: int
) -> None:
    random = Random(seed)
    session_id = await organisation.start(await organisation.connect([new_id() for _ in range(4)]))
    await organisation.discover(session_id, Companies())
    async with organisation.work.begin(organisation.organisation_id) as tx:
        ids = [each.id for each in await tx.candidates.page(session_id, None, 10)]
    told: dict[int, Act] = {}
    seen = [0, 0]
    for _ in range(ROUNDS):
        acts = [drawn(random, ids, seen[person]) for person in range(2)]
        for act, made in zip(
            acts, await asyncio.gather(*(perform(organisation, session_id, act) for act in acts)), strict=True
        ):
            if made is not None:
                assert made not in told
                told[made] = act
        looked = random.randrange(2)
        seen[looked] = max(told, default=0)
    assert sorted(told) == list(range(1, len(told) + 1))
    story = Story(ids)
    for version in sorted(told):
        story.tell(told[version], version)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        found = await tx.candidates.page(session_id, None, 10)
    assert {each.id: each.selected for each in found} == {i: s for i, (s, _) in story.selected.items()}
    assert {each.id: each.sector and each.sector.code for each in found} == {
        i: code for i, (code, _) in story.sectors.items()
    }
