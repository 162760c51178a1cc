"""An accountancy office that uses sync-svc over HTTP; events arrive as the consumer delivers them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from koppel.contracts import connection as facts
from koppel.contracts.administration import AdministrationImported, AdministrationRemoved
from koppel.contracts.event import Event
from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import Role, WhoMustAct
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Subscriptions
from koppel.platform.consumer.processor import Processor
from koppel.platform.database import Database
from koppel.testing.deliveries import delivery
from koppel.testing.eventually import eventually
from koppel.testing.tokens import TokenIssuer

from .provider import AccessTokens, Company

Json = dict[str, Any]
PLANNER = "planning-svc"
"""A service that may ask for syncs and look at what came of them."""


class Organisation:
    """One organisation with one administration at one company."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        issuer: TokenIssuer,
        subscriptions: Subscriptions,
        database: Database,
        access_tokens: AccessTokens,
    ) -> None:
        self.http = http
        self._issuer = issuer
        self._subscriptions = subscriptions
        self._database = database
        self._access_tokens = access_tokens
        self._versions: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.organisation_id = new_id()
        self.administration_id = new_id()
        self.connection_id = new_id()
        self.grant_id = new_id()
        self.user_id = new_id()

    async def deliver(self, *events: Event) -> None:
        batch = []
        for event in events:
            stream = (event.topic.name, event.key)
            self._versions[stream] += 1
            batch.append(delivery(event, self._versions[stream], self._subscriptions))
        await Processor(self._database, self._subscriptions, RetryPolicy()).apply(batch)

    async def carry_requests(self) -> None:
        """What relay and consumer do with this office's requests."""
        for payload in (await self.events("SyncRequested"))[self._versions["requests", ""] :]:
            self._versions["requests", ""] += 1
            await self.deliver(SyncRequested.model_validate(payload))

    async def pass_over_requests(self) -> None:
        """Those so far are never carried."""
        self._versions["requests", ""] = len(await self.events("SyncRequested"))

    async def arrive(self, company: Company | None = None) -> "Organisation":
        """The administration is imported; its first sync is asked for, not carried yet."""
        if company is not None:
            self._access_tokens.companies[self.grant_id] = company
        await self.deliver(self.authorized(), self.imported())
        return self

    def authorized(self) -> Event:
        return facts.ConnectionAuthorized(
            organisation_id=self.organisation_id,
            connection_id=self.connection_id,
            provider="eaccounting",
            grant_id=self.grant_id,
            scopes=(),
            authorized_by=str(self.user_id),
            authorized_at=datetime.now(UTC),
        )

    def lapsed(self) -> Event:
        return facts.ConnectionReauthorizationRequired(
            organisation_id=self.organisation_id,
            connection_id=self.connection_id,
            provider="eaccounting",
            grant_id=self.grant_id,
            reason="invalid_grant",
            who_must_act=WhoMustAct.CUSTOMER,
            required_at=datetime.now(UTC),
        )

    def recovered(self, *, last: UUID) -> Event:
        return facts.ConnectionRecovered(
            organisation_id=self.organisation_id,
            connection_id=self.connection_id,
            provider="eaccounting",
            grant_id=last,
            recovered_at=datetime.now(UTC),
        )

    def deleted(self) -> Event:
        return facts.ConnectionDeleted(
            organisation_id=self.organisation_id,
            connection_id=self.connection_id,
            provider="eaccounting",
            grant_ids=(self.grant_id,),
            deleted_by=str(self.user_id),
            deleted_at=datetime.now(UTC),
        )

    def imported(self) -> Event:
        return AdministrationImported(
            organisation_id=self.organisation_id,
            administration_id=self.administration_id,
            connection_id=self.connection_id,
            grant_id=self.grant_id,
            provider="eaccounting",
            external_id="company",
            name="Bakkerij",
            import_session_id=new_id(),
            imported_by=str(self.user_id),
            imported_at=datetime.now(UTC),
        )

    def removed(self, reason: str) -> Event:
        return AdministrationRemoved(
            organisation_id=self.organisation_id,
            administration_id=self.administration_id,
            reason=reason,
            removed_by=str(self.user_id),
            removed_at=datetime.now(UTC),
        )

    async def api(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: Role = Role.BEHEERDER,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        bearer = token or self._issuer.person(role, organisation=self.organisation_id, user=self.user_id)
        sent = {"Authorization": f"Bearer {bearer}"} | dict(headers or {})
        return await self.http.request(method, path, json=body, headers=sent)

    @property
    def acted_for(self) -> dict[str, str]:
        """The header by which a service acts for this office."""
        return {"Koppel-Organisation": str(self.organisation_id)}

    async def ask(self, **body: object) -> str:
        """`POST /v1/syncs` for this administration; returns the request's id."""
        wish = {"administration_ids": [str(self.administration_id)]} | body
        answer = await self.api("POST", "/v1/syncs", wish)
        assert answer.status_code == 202, answer.text
        await self.carry_requests()
        return str(answer.json()["items"][0]["sync_request_id"])

    async def sync(self, **body: object) -> Json:
        """Ask, and wait for the end of the run that answers."""
        return await self.finished(await self.ask(**body))

    async def finished(self, sync_request_id: str) -> Json:
        async def ended() -> Json | None:
            run = await self.run_of(sync_request_id)
            return run if run and run["state"] == "finished" else None

        run: Json | None = await eventually(ended, within=60, what="the end of the run")
        assert run is not None
        return run

    async def run_of(self, sync_request_id: str) -> Json | None:
        answer = await self.api("GET", f"/v1/sync-runs?sync_request_id={sync_request_id}")
        assert answer.status_code == 200, answer.text
        items: list[Json] = answer.json()["items"]
        return items[0] if items else None

    async def get(self, path: str) -> Json:
        """Something of the administration."""
        answer = await self.api("GET", f"/v1/administrations/{self.administration_id}/{path}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def records(self, resource: str = "contact") -> dict[str, Json]:
        """All of them, page by page, by external id."""
        found: dict[str, Json] = {}
        cursor = ""
        while True:
            page = await self.get(f"records?resource={resource}&limit=200{cursor}")
            found |= {record["external_id"]: record for record in page["items"]}
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    async def events(self, name: str) -> list[Json]:
        """The office's events of this name, oldest first."""
        async with self._database.system() as connection:
            rows = await connection.fetch(
                "select payload::jsonb as payload from event_log where type = $1 and organisation_id = $2 order by seq",
                f"nl.koppel.{name}.v1",
                self.organisation_id,
            )
        return [row["payload"] for row in rows]

    async def is_scheduled(self) -> bool:
        async with self._database.system() as connection:
            enabled: bool = await connection.fetchval(
                "select enabled from sync_policy where administration_id = $1", self.administration_id
            )
        return enabled

    async def audit(self) -> list[str]:
        return [action for _, action in await self.audited()]

    async def audited(self) -> list[tuple[str, str]]:
        """Who did what in this office."""
        async with self._database.system() as connection:
            rows = await connection.fetch(
                "select actor, action from audit_entry where organisation_id = $1 order by at, id",
                self.organisation_id,
            )
        return [(row["actor"], row["action"]) for row in rows]
