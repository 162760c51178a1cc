"""The providers that can be connected."""

import logging
from collections.abc import Awaitable

import pytest

from koppel.contracts.values import ResourceName
from koppel.kernel.errors import InvalidInput
from koppel.providers.catalogue import PROVIDERS, provider
from koppel.providers.eaccounting.profile import PROFILE
from koppel.providers.http import provider_http
from koppel.providers.port import NotOffered, Provider, ProviderAccess
from koppel.providers.profile import CodeFlow, GrantCovers
from koppel.providers.reading import PageRequest


def test_eaccounting_is_listed_with_what_a_login_covers() -> None:
    found = provider("eaccounting")
    assert found is PROVIDERS["eaccounting"]
    assert (found.profile.id, found.profile.name) == ("eaccounting", "Visma eAccounting")
    assert isinstance(found.profile.auth, CodeFlow)
    assert found.profile.grant_covers is GrantCovers.ONE_ADMINISTRATION


def test_unknown_provider_is_bad_input() -> None:
    with pytest.raises(InvalidInput) as caught:
        provider("abacus")
    assert caught.value.code == "unknown_provider"
    assert "eaccounting" in caught.value.detail


def test_eaccounting_offers_every_resource_but_journals() -> None:
    assert set(provider("eaccounting").resources) == set(ResourceName) - {ResourceName.JOURNAL}


@pytest.mark.parametrize("found", PROVIDERS.values(), ids=lambda found: found.profile.id)
def test_every_resource_has_listings_with_names_of_their_own(found: Provider) -> None:
    offered = provider(found.profile.id)
    assert tuple(offered.listings) == offered.resources
    listings = [listing for group in offered.listings.values() for listing in group]
    assert len({listing.name for listing in listings}) == len(listings)
    assert all(
        listing.resource is resource for resource, group in offered.listings.items() for listing in group
    )


async def test_client_follows_no_redirect_and_keeps_addresses_out_of_the_log() -> None:
    async with provider_http() as http:
        assert http.follow_redirects is False
        assert http.trust_env is False
        assert None not in {http.timeout.connect, http.timeout.read, http.timeout.write, http.timeout.pool}
    assert logging.getLogger("httpx").level == logging.getLogger("httpcore").level == logging.WARNING


async def test_a_call_that_a_provider_does_not_offer_is_a_mistake_that_names_it() -> None:
    bare, access = Provider(PROFILE, []), ProviderAccess("t", "https://api.provider.test")
    listing = provider("eaccounting").listings[ResourceName.CONTACT][0]
    async with provider_http() as http:
        calls: list[Awaitable[object]] = [
            bare.discover(http, access, None),
            bare.read(http, access, listing, PageRequest()),
            bare.versions(http, access, listing),
            bare.fetch(http, access, listing, []),
        ]
        for call in calls:
            with pytest.raises(NotOffered, match="eaccounting does not offer"):
                await call
    with pytest.raises(NotOffered, match="eaccounting"):
        bare.key_notice(b"{}")
