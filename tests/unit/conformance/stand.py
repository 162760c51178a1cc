"""A provider's sandbox inside the test's own process, met through the provider's own adapter and nothing else."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from math import ceil
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from tests.unit.sandbox.application import Application, still

from koppel.providers.company import Company
from koppel.providers.http import provider_http
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import Provider, ProviderAccess
from koppel.providers.profile import Endpoints, KeyFlow
from koppel.providers.reading import PageRequest, Watermark
from koppel.providers.tokens import ClientCredentials, TokenSet
from koppel_sandbox.instants import Clock

CREDENTIALS = ClientCredentials("koppel-local", "koppel-local-secret")
VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SANDBOX = "http://sandbox.test"
MOST_PAGES = 1_000
PAGE_SIZE = 40
"""Items asked for; a provider may answer pages of its own size."""
NO_RECORDS = {"/relaties": 2}
"""SnelStart's own relation of the company, and a placeholder."""
SIZES = {
    "customers": 70,
    "suppliers": 10,
    "customerinvoices": 130,
    "supplierinvoices": 20,
    "vouchers": 40,
    "projects": 5,
}


def endpoints_of(provider: Provider) -> Endpoints:
    """The provider's paths at the sandbox: below the provider's prefix as they are below its own hosts."""
    own = provider.profile.regions[0].endpoints
    prefix = f"{SANDBOX}/{provider.profile.id}"

    def here(address: str) -> str:
        return prefix + urlsplit(address).path

    return Endpoints(
        here(own.authorize_url),
        here(own.token_url),
        None if own.revocation_url is None else here(own.revocation_url),
        here(own.api_base_url),
    )


class Stand:
    """One provider, its sandbox, and a client for providers that reaches it.

    The sandbox's clock stands still between two moves unless another is given.
    """

    def __init__(self, provider: Provider, *, clock: Clock = still, **options: Any) -> None:
        self.provider = provider
        self.endpoints = endpoints_of(provider)
        self.callback = f"http://127.0.0.1:8101/v1/oauth/{provider.profile.id}/callback"
        self._application = Application(clock=clock)
        self._options = {"companies": 3, "sizes": SIZES} | options
        self.transport: httpx.AsyncBaseTransport = self._application.asgi
        self.http = provider_http(transport=self.transport)

    async def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        name = self.provider.profile.id
        given = {} if body is None and method in ("GET", "DELETE") else {"provider": name, **(body or {})}
        return await self._application.control(method, path, given or None, provider=name)

    async def start(self) -> None:
        await self.control("POST", "reset", self._options)

    async def pass_time(self, seconds: float) -> None:
        await self.control("POST", "clock", {"advance_seconds": ceil(seconds)})

    async def log_in(self, company: int = 0) -> TokenSet:
        """A person goes through the pages that the adapter's address leads to, or pastes the key of that company."""
        if isinstance(self.provider.profile.auth, KeyFlow):
            key = await self.key(company)
            return await self.provider.exchange_key(self.http, self.endpoints, CREDENTIALS, key=key)
        url = self.provider.authorization_url(
            self.endpoints, CREDENTIALS, redirect_uri=self.callback, state="s", code_challenge=CHALLENGE
        )
        back = await self.visit(url, company)
        code = parse_qs(urlsplit(back).query)["code"][0]
        return await self.provider.exchange_code(
            self.http,
            self.endpoints,
            CREDENTIALS,
            code=code,
            code_verifier=VERIFIER,
            redirect_uri=self.callback,
        )

    async def key(self, company: int) -> dict[str, str]:
        """What a person pastes for that company."""
        credentials: dict[str, str] = (await self.control("GET", "settings"))["keys"][company]["credentials"]
        return credentials

    async def visit(self, url: str, company: int = 0, username: str = "demo") -> str:
        """A person follows the address and fills in every form; where the provider sends the browser back to."""
        chosen = (await self.control("GET", "settings"))["companies"][company]["id"]
        form = {"username": username, "password": username, "company": chosen, "decision": "allow"}
        async with self._application.client() as person:
            answer = await person.get(url)
            while not answer.headers.get("location", "").startswith(self.callback):
                answer = await _onwards(person, answer, form)
        return str(answer.headers["location"])

    async def refresh(self, tokens: TokenSet) -> TokenSet:
        """Others in their place; where tokens are minted, of the same key."""
        return await self._refresh(self.http, tokens)

    async def refresh_and_lose_the_answer(self, tokens: TokenSet) -> TokenSet:
        async with provider_http(transport=_Losing(self.transport)) as http:
            return await self._refresh(http, tokens)

    async def _refresh(self, http: httpx.AsyncClient, tokens: TokenSet) -> TokenSet:
        if isinstance(self.provider.profile.auth, KeyFlow):
            return await self.provider.exchange_key(http, self.endpoints, CREDENTIALS, key=await self.key(0))
        assert tokens.refresh_token is not None
        return await self.provider.refresh(
            http, self.endpoints, CREDENTIALS, refresh_token=tokens.refresh_token
        )

    def access(self, tokens: TokenSet, company: str | None = None) -> ProviderAccess:
        return ProviderAccess(tokens.access_token, self.endpoints.api_base_url, company, self.headers)

    @property
    def headers(self) -> dict[str, str]:
        """What an installation sends with every call."""
        return dict.fromkeys(self.provider.profile.headers, CREDENTIALS.client_secret)

    async def companies(self, access: ProviderAccess) -> list[Company]:
        """All that the login reaches, each page asked with nothing but the text of the one before."""
        page = await self.provider.discover(self.http, access, None)
        found = list(page.companies)
        for _ in range(MOST_PAGES):
            if page.next is None:
                return found
            page = await self.provider.discover(self.http, access, str(page.next))
            found += page.companies
        raise AssertionError("discovery does not end")

    async def total(self, access: ProviderAccess, listing: Listing) -> int:
        """How many items the provider has, by its own word, without those that are no records by its documentation."""
        path = f"companies/{access.company}/{listing.path.removeprefix('/')}"
        found: int = (await self.control("GET", path))["total"]
        return found - NO_RECORDS.get(listing.path, 0)

    async def pages(
        self,
        access: ProviderAccess,
        listing: Listing,
        since: Watermark | None = None,
        continuation: str | None = None,
    ) -> AsyncIterator[Page]:
        """The pages behind `continuation`; one call at a time, and a pause where a window is used up."""
        for _ in range(MOST_PAGES):
            page = await self.provider.read(
                self.http, access, listing, PageRequest(continuation, since, PAGE_SIZE)
            )
            yield page
            used_up = [each for each in page.usage if each.remaining is not None and each.remaining < 1]
            if used_up:
                await self.pass_time(max(each.resets_in or 0 for each in used_up))
            if page.next is None:
                return
            continuation = page.next
        raise AssertionError("the listing does not end")


class _Losing(httpx.AsyncBaseTransport):
    """The provider does what it is asked, and its answer does not arrive."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._inner.handle_async_request(request)
        raise httpx.ReadError("the answer is lost")


async def _onwards(person: httpx.AsyncClient, answer: httpx.Response, form: dict[str, str]) -> httpx.Response:
    """Follow a redirect, else fill in the page's form."""
    if location := answer.headers.get("location"):
        return await person.get(urljoin(str(answer.url), location))
    assert answer.status_code == 200, answer.text
    action = answer.text.partition('action="')[2].partition('"')[0]
    transaction = answer.text.partition('name="transaction" value="')[2].partition('"')[0]
    return await person.post(urljoin(str(answer.url), action), data={**form, "transaction": transaction})
