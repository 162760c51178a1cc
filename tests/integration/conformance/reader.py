"""An organisation at a provider's sandbox: what sync-svc does there, and what becomes of it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from tests.integration.sync_svc.deaths import Killed
from tests.integration.sync_svc.organisation import Organisation
from tests.unit.conformance.stand import PAGE_SIZE, Stand

from koppel.contracts.values import SyncMode
from koppel.platform.database import Database
from koppel.platform.leases import Leases
from koppel.ports.access_token import AccessToken
from koppel.providers.http import provider_http
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.reading import PageRequest
from sync_svc.adapters.providers import Providers
from sync_svc.application.views import RunView
from sync_svc.domain.administration import Administration


class Wire(httpx.AsyncBaseTransport):
    """The way to the provider. It knows what was asked; with none `left` the process is killed when it asks again.

    `meanwhile` happens before each call is answered.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.asked: Counter[str] = Counter()
        self.left: int | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.left is not None:
            if not self.left:
                raise Killed
            self.left -= 1
        self.asked[f"{request.url.raw_path.decode()} {request.content.decode()}"] += 1
        if self.meanwhile is not None:
            await self.meanwhile()
        return await self._inner.handle_async_request(request)


class SmallPages(Providers):
    """As in production, but with pages of a few items where the provider lets us choose."""

    async def read(
        self, administration: Administration, token: AccessToken, listing: Listing, ask: PageRequest
    ) -> Page:
        small = PageRequest(ask.continuation, ask.since, min(ask.size, PAGE_SIZE))
        return await super().read(administration, token, listing, small)


class Logins:
    """connection-svc: a login when there is none, and another when the provider refuses its token."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._token: str | None = None

    async def issue(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> AccessToken:
        if self._token is None or rejected is not None:
            self._token = (await self._stand.log_in()).access_token
        until, base = datetime.now(UTC) + timedelta(hours=1), self._stand.endpoints.api_base_url
        return AccessToken(self._token, base, until, self._stand.headers)


class Reader(Organisation):
    """sync-svc at one company of a provider."""

    def __init__(self, database: Database, stand: Stand, gateway: type[Providers] = SmallPages) -> None:
        super().__init__(database)
        # The sandbox is in this process: on a machine that has much to do a call may take as long as a lease in production.
        self.leases = Leases(database, "test", ttl=timedelta(minutes=5))
        self.stand = stand
        self.wire = Wire(stand.transport)
        self._http = provider_http(transport=self.wire)
        self.gateway = gateway(self._http)
        self.issuing = Logins(stand)
        self.provider_id = stand.provider.profile.id

    async def arrive(self) -> "Organisation":
        companies = await self.stand.companies(self.stand.access(await self.stand.log_in()))
        self.external_id = companies[0].external_id
        return await super().arrive()

    async def close(self) -> None:
        await self._http.aclose()

    async def read(self, mode: SyncMode) -> RunView:
        """All resources; nothing of it fails."""
        view = await self.sync(mode, None)
        assert [each.failure for each in view.listings if each.failure] == []
        assert view.run.outcome is not None
        return view

    async def calls(self, mode: SyncMode) -> tuple[Counter[str], int]:
        """How often each listing was asked by one reading, by its name, and what else was asked."""
        self.wire.asked.clear()
        await self.read(mode)
        found, paths = Counter[str](), {f"{each.path}": each.name for each in self.listings}
        for asked, count in self.wire.asked.items():
            address = (
                asked.partition("?")[0]
                .partition(" ")[0]
                .removesuffix(".json")
                .removesuffix("/synchronization")
            )
            found[next((name for path, name in paths.items() if address.endswith(path)), "")] += count
        return found, found.pop("", 0)

    async def items(self) -> dict[str, int]:
        """How many there are of each listing, by its name, as the provider tells."""
        access = self.stand.access(await self.stand.log_in(), self.external_id)
        return {each.name: await self.stand.total(access, each) for each in self.listings}

    async def watermarks(self) -> dict[str, tuple[str, str]]:
        rows = await self.rows(
            "select listing, watermark_kind, watermark_value from sync_cursor where administration_id = $1"
        )
        return {row["listing"]: (row["watermark_kind"], row["watermark_value"]) for row in rows}

    async def change(self, listing: Listing, **counts: int) -> list[str]:
        """Somebody works in the books; the ids of what it was, none where the sandbox lets nothing be done."""
        order = {"collection": listing.path.removeprefix("/"), **counts}
        try:
            done: dict[str, list[str]] = await self.stand.control(
                "POST", f"companies/{self.external_id}/changes", order
            )
        except httpx.HTTPStatusError:
            return []
        return [each for ids in done.values() for each in ids]

    @property
    def listings(self) -> list[Listing]:
        return [each for group in self.stand.provider.listings.values() for each in group]

    async def record_digests(self) -> dict[str, bytes]:
        """What is not deleted: resource and key → digest of the body."""
        rows = await self.rows(
            "select resource, external_id, digest from record where administration_id = $1 and not deleted"
        )
        return {f"{row['resource']}/{row['external_id']}": row["digest"] for row in rows}

    async def record_keys(self) -> set[str]:
        return set(await self.record_digests())

    def another(self) -> "Reader":
        """Of another organisation, at the same sandbox."""
        return Reader(self.database, self.stand)

    async def truth(self) -> dict[str, bytes]:
        """The digests of every record that the provider has now, read by a new organisation."""
        other = self.another()
        await other.arrive()
        await other.read(SyncMode.FULL)
        await other.close()
        return await other.record_digests()

    async def order_fault(self, fault: dict[str, Any]) -> None:
        """Of every call of the API, until it is ended."""
        prefix = f"/{self.stand.provider.profile.id}"
        path = urlsplit(self.stand.endpoints.api_base_url).path.removeprefix(prefix)
        await self.stand.control("POST", "faults", {"match": {"path": path}, **fault})

    async def end_faults(self) -> None:
        await self.stand.control("DELETE", "faults")
