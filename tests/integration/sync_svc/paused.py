"""What tests of pauses do and see."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from koppel.contracts.administration import AdministrationRemoved
from koppel.contracts.values import SyncMode, SyncTrigger
from koppel.kernel.ids import new_id
from koppel.providers.failures import FailureKind, failure
from sync_svc.application.pauses import pause_for_login
from sync_svc.application.projections import (
    forget_administration,
    note_grant,
)
from sync_svc.application.request_syncs import request_due_syncs
from sync_svc.application.tend_pauses import tend_pauses
from sync_svc.domain.administration import GrantState

from .organisation import Organisation

NewOrganisation = Callable[[], Awaitable[Organisation]]


@dataclass
class Ill:
    """What the provider answers while it is set."""

    kind: FailureKind | None
    listing: str | None = None
    calls: list[str] = field(default_factory=list)

    def __call__(self, name: str, number: int) -> None:
        self.calls.append(name)
        if self.kind is not None and self.listing in (None, name):
            raise failure(self.kind)


class PausedProvider:
    """Administrations of one provider, each of an organisation of its own."""

    def __init__(self, organisations: list[Organisation], ill: Ill) -> None:
        self.organisations = organisations
        self.ill = ill
        self.name = organisations[0].provider_id

    async def tend(self) -> None:
        await tend(self.organisations[0])

    async def events(self, name: str) -> list[dict[str, Any]]:
        rows = await self.organisations[0].rows(
            "select organisation_id, payload::jsonb as payload from event_log "
            "where $1::uuid is not null and key = $2 and type = $3 order by seq",
            f"provider/{self.name}",
            f"nl.koppel.{name}.v1",
        )
        return [row["payload"] for row in rows]

    async def is_paused(self) -> bool:
        rows = await self.organisations[0].rows(
            "select from sync_pause where $1::uuid is not null and scope = 'provider' and id = $2", self.name
        )
        return bool(rows)

    async def fail(self, *organisations: Organisation) -> None:
        for each in organisations:
            await each.sync()

    async def end(self) -> None:
        """It is over, whoever ended it."""
        await self.organisations[0].rows(
            "delete from sync_pause where $1::uuid is not null and id = $2 returning 1", self.name
        )

    async def let(self, probe: Organisation) -> None:
        """That administration is the probe."""
        await probe.rows(
            "update sync_pause set probed = $1, probed_at = now(), next_probe_at = now() + interval '1 minute' "
            "where scope = 'provider' and id = $2 returning 1",
            self.name,
        )

    async def a_minute_later(self) -> None:
        """What was set aside is looked at again."""
        await self.organisations[0].rows(
            "update sync_run set not_before = now() where $1::uuid is not null and waiting_for = 'pause' "
            "and administration_id = any($2::uuid[]) returning 1",
            [each.administration_id for each in self.organisations],
        )

    async def due(self) -> None:
        """The time of the next probe has come."""
        await self.organisations[0].rows(
            "update sync_pause set next_probe_at = now() where $1::uuid is not null and id = $2 returning 1",
            self.name,
        )


async def tend(organisation: Organisation) -> None:
    async with organisation.work.begin(None) as tx:
        await tend_pauses(tx)


async def request_due(organisation: Organisation) -> None:
    async with organisation.work.begin(None) as tx:
        await request_due_syncs(tx, organisation.provider)


async def make_due(organisation: Organisation) -> None:
    await organisation.rows(
        "update sync_policy set next_due_at = now() - interval '1 s', resources = '{contact}' "
        "where administration_id = $1 returning 1"
    )


async def scheduled(organisation: Organisation) -> int:
    return len([each for each in await organisation.events("SyncRequested") if each["trigger"] == "schedule"])


async def pauses(organisation: Organisation) -> list[tuple[str, str]]:
    rows = await organisation.rows(
        "select scope, failure ->> 'code' as cause from sync_pause "
        "where administration_id = $1 or id in ($2, $3) order by scope",
        str(organisation.grant_id),
        organisation.provider_id,
    )
    return [(row["scope"], row["cause"]) for row in rows]


async def told(organisation: Organisation, name: str, key: str) -> list[dict[str, Any]]:
    rows = await organisation.rows(
        "select payload::jsonb as payload from event_log "
        "where organisation_id = (select organisation_id from administration where administration_id = $1) "
        "and key = $2 and type = $3 order by seq",
        key,
        f"nl.koppel.{name}.v1",
    )
    return [row["payload"] for row in rows]


async def waits(organisation: Organisation, run_id: UUID) -> bool:
    """Whether no worker can take it."""
    return bool(
        await organisation.rows("select from held_run where $1::uuid is not null and run_id = $2", run_id)
    )


async def requested(organisation: Organisation) -> UUID:
    """The run of what the schedule or a probe asked last."""
    payload = (await organisation.events("SyncRequested"))[-1]
    request = organisation.request(SyncMode.INCREMENTAL).model_copy(
        update={"sync_request_id": UUID(payload["sync_request_id"]), "trigger": SyncTrigger.SCHEDULE}
    )
    return await organisation.ask(request)


async def note(organisation: Organisation, state: GrantState) -> None:
    async with organisation.work.begin(None) as tx:
        own = tx.within(organisation.organisation_id)
        await note_grant(own, organisation.connection_id, organisation.grant_id, state)
        if state is GrantState.REAUTHORIZATION_REQUIRED:
            await pause_for_login(own, organisation.grant_id)


async def remove(organisation: Organisation) -> None:
    removed = AdministrationRemoved(
        organisation_id=organisation.organisation_id,
        administration_id=organisation.administration_id,
        reason="no_longer_a_client",
        removed_by=str(new_id()),
        removed_at=datetime.now(UTC),
    )
    async with organisation.work.begin(None) as tx:
        await forget_administration(tx.within(organisation.organisation_id), removed)
