"""What a login shows from one look to the next, and what was told of it."""

from collections.abc import Mapping
from uuid import UUID

from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.daily_look import start_looks
from import_svc.application.outside import FoundCompanies
from import_svc.application.select_candidates import select_candidates
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from koppel.kernel.ids import new_id
from koppel.providers.company import Company

from .organisation import Companies, Organisation


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
        *,
        known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
        is_look: bool = False,
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
