"""Providers as the map configures them: regions, headers, what is withdrawn and whose clock is asked."""

from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from connection_svc.adapters import providers as module
from connection_svc.adapters.providers import CatalogueGateway
from connection_svc.domain.provider import At
from koppel.kernel.errors import InvalidInput, Permanent
from koppel.kernel.ids import new_id
from koppel.providers.configuration import configured_providers
from koppel.providers.exact_online.profile import PROFILE as EXACT
from koppel.providers.port import Provider
from koppel.providers.snelstart.profile import PROFILE as SNELSTART
from koppel.testing.budgets import NoLimit

NOW = "Tue, 24 Nov 2026 12:00:00 GMT"
VARIABLES = {
    "EXACT_ONLINE_CLIENT_ID": "dutch",
    "EXACT_ONLINE_CLIENT_SECRET": "secret",
    "EXACT_ONLINE_REGIONS_BE_CLIENT_ID": "belgian",
    "EXACT_ONLINE_REGIONS_BE_CLIENT_SECRET": "geheim",
    "SNELSTART_SUBSCRIPTION_KEY": "subscribed",
}


class Host:
    """Answers every call with a token and the time."""

    def __init__(self) -> None:
        self.calls: list[httpx.Request] = []
        self.headers = {"Date": NOW}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        return httpx.Response(200, json={"access_token": "new", "expires_in": "600"}, headers=self.headers)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def gateway(host: Host, monkeypatch: pytest.MonkeyPatch) -> CatalogueGateway:
    profiles = (EXACT, SNELSTART)
    monkeypatch.setattr(module, "PROVIDERS", {profile.id: Provider(profile, ()) for profile in profiles})
    http = httpx.AsyncClient(transport=httpx.MockTransport(host))
    return CatalogueGateway(http, configured_providers(profiles, VARIABLES), "https://koppel.test", NoLimit())


def test_the_catalogue_tells_regions_and_what_a_person_pastes(gateway: CatalogueGateway) -> None:
    exact, snelstart = gateway.catalogue()
    assert [(one.id, one.name) for one in exact.regions or ()] == [("nl", "Nederland"), ("be", "België")]
    assert (exact.auth, exact.fields) == ("oauth2", None)
    assert (snelstart.auth, snelstart.regions) == ("api_key", None)
    assert [(one.name, one.secret) for one in snelstart.fields or ()] == [("key", True)]


def test_the_first_region_is_meant_when_none_is_named(gateway: CatalogueGateway) -> None:
    assert gateway.region("exact_online", None) == "nl"
    assert gateway.region("exact_online", "be") == "be"
    assert gateway.region("snelstart", None) is None
    assert gateway.endpoints(At("exact_online", "be")).token_url.startswith("https://start.exactonline.be/")
    assert gateway.endpoints(At("exact_online")).token_url.startswith("https://start.exactonline.nl/")


@pytest.mark.parametrize("region", ["de", "NL", "nowhere", ""])
def test_a_region_that_is_not_configured_is_refused(gateway: CatalogueGateway, region: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        gateway.region("exact_online", region)
    assert (refused.value.code, refused.value.errors[0].pointer) == ("region_unknown", "/region")


def test_a_provider_with_one_place_for_all_takes_no_region(gateway: CatalogueGateway) -> None:
    with pytest.raises(InvalidInput) as refused:
        gateway.region("snelstart", "nl")
    assert (refused.value.code, refused.value.detail) == ("region_unknown", "The provider has no regions.")


def test_a_region_that_was_switched_off_leaves_its_grants_without_settings(gateway: CatalogueGateway) -> None:
    with pytest.raises(Permanent, match="provider_not_configured"):
        gateway.endpoints(At("exact_online", "de"))


async def test_a_refresh_goes_to_its_region_with_that_region_s_client(
    gateway: CatalogueGateway, host: Host
) -> None:
    async with gateway.calls("exact_online", new_id(), new_id()) as calls:
        issued = await calls.refresh(At("exact_online", "be"), SecretStr("old"))
    [call] = host.calls
    assert call.url.host == "start.exactonline.be"
    assert b"client_id=belgian&client_secret=geheim" in call.content
    assert (issued.expires_in, issued.dated_at) == (600, datetime(2026, 11, 24, 12, tzinfo=UTC))


async def test_the_provider_s_clock_is_asked_without_token_or_client(
    gateway: CatalogueGateway, host: Host
) -> None:
    assert await gateway.time(At("exact_online", "be")) == datetime(2026, 11, 24, 12, tzinfo=UTC)
    [call] = host.calls
    assert (call.method, call.url.host, call.url.query) == ("HEAD", "start.exactonline.be", b"")
    assert "authorization" not in call.headers
    host.headers = {"Date": "yesterday"}
    assert await gateway.time(At("exact_online")) is None


async def test_where_nothing_can_be_withdrawn_nothing_is_called(
    gateway: CatalogueGateway, host: Host
) -> None:
    async with gateway.calls("exact_online", new_id(), new_id()) as calls:
        await calls.revoke(At("exact_online"), SecretStr("token"))
    assert host.calls == []


def test_headers_of_a_provider_come_from_its_settings(gateway: CatalogueGateway) -> None:
    assert gateway.headers("snelstart") == {"Ocp-Apim-Subscription-Key": "subscribed"}
    assert gateway.headers("exact_online") == {}
