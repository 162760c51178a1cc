"""A provider that answers what the test says, and remembers what it was asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from koppel.providers.http import provider_http
from koppel.providers.port import ProviderAccess
from koppel.providers.profile import Endpoints
from koppel.providers.tokens import ClientCredentials

Answering = Callable[[httpx.Response | Exception], "Api"]


class Api:
    """The far side of the client: gives each request the same answer."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []
        self.http = provider_http(transport=httpx.MockTransport(self._respond))

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    async with AsyncExitStack() as stack:

        def make(answer: httpx.Response | Exception) -> Api:
            api = Api(answer)
            stack.push_async_callback(api.http.aclose)
            return api

        yield make


@pytest.fixture
def endpoints() -> Endpoints:
    return Endpoints(
        authorize_url="https://identity.provider.test/connect/authorize",
        token_url="https://identity.provider.test/connect/token",
        revocation_url="https://identity.provider.test/connect/revocation",
        api_base_url="https://api.provider.test/v2",
    )


@pytest.fixture
def credentials() -> ClientCredentials:
    return ClientCredentials("office client", "canary-client-secret+/")


@pytest.fixture
def access() -> ProviderAccess:
    return ProviderAccess("canary-access-token", "https://api.provider.test/v2")
