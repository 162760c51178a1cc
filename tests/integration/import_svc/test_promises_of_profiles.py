"""What a person's profiles are promised, on the database."""

from uuid import UUID

import pytest

from import_svc.application.store_profiles import ProfileRow, store_profiles
from import_svc.domain.profile import ProfileDraft, SectorSource
from import_svc.domain.trade_register import Activity, RegisteredCompany, RegistryEntry
from koppel.contracts.values import Sector
from koppel.kernel.errors import InvalidInput
from koppel.kernel.ids import new_id

from .organisation import Companies, Organisation

RETAIL = Sector(sbi_version="2025", code="G")
GROWER = (Activity("01131", main=True),)


async def discovered(organisation: Organisation, grants: int) -> tuple[UUID, list[UUID]]:
    session_id = await organisation.start(await organisation.connect([new_id() for _ in range(grants)]))
    await organisation.discover(session_id, Companies())
    async with organisation.work.begin(organisation.organisation_id) as tx:
        return session_id, [each.id for each in await tx.candidates.page(session_id, None, 10)]


async def test_without_partial_one_bad_row_stores_none(organisation: Organisation) -> None:
    session_id, [good, bad] = await discovered(organisation, 2)
    rows = [
        ProfileRow(good, ProfileDraft(sector=RETAIL)),
        ProfileRow(bad, ProfileDraft(kvk_number="1234567")),
    ]
    with pytest.raises(InvalidInput) as refused:
        async with organisation.work.begin(organisation.organisation_id) as tx:
            await store_profiles(tx, organisation.caller, session_id, rows)
    assert [each.pointer for each in refused.value.errors] == ["/items/1/kvk_number"]
    async with organisation.work.begin(organisation.organisation_id) as tx:
        assert [each.stored for each in await tx.candidates.page(session_id, None, 10)] == [None, None]


async def test_what_a_person_chose_stays_whatever_the_register_says(organisation: Organisation) -> None:
    session_id, [candidate_id] = await discovered(organisation, 1)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        row = ProfileRow(candidate_id, ProfileDraft(kvk_number="01234567", sector=RETAIL))
        await store_profiles(tx, organisation.caller, session_id, [row])
        company = RegisteredCompany("01234567", "Grower", active=True, activities=GROWER)
        await tx.registry.put(RegistryEntry("01234567", company, tx.now))
    async with organisation.work.begin(organisation.organisation_id) as tx:
        [found] = await tx.candidates.page(session_id, None, 10)
        assert (found.sector, found.sector_source) == (RETAIL, SectorSource.PERSON)
        assert found.registry_differs == ["name", "sector"]
