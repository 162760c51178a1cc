"""Every provider of the local stack is the sandbox's: by the paths of the real one, under its id and region."""

from koppel.providers.catalogue import PROFILES, PROVIDERS
from koppel.providers.configuration import PREFIX, configured_providers
from koppel_local.stack.providers import provider_variables

SANDBOX = "http://127.0.0.1:8190"


def test_all_providers_are_on_and_nothing_leaves_the_machine() -> None:
    given = {name.removeprefix(PREFIX): value for name, value in provider_variables(SANDBOX).items()}
    found = configured_providers(PROFILES, given)
    assert set(found) == set(PROVIDERS)
    for provider in found.values():
        assert len(provider.regions) == len(provider.profile.regions)
        for region in provider.regions.values():
            urls = [region.issuer, region.endpoints.token_url, region.endpoints.api_base_url]
            assert all(not url or url.startswith(f"{SANDBOX}/{provider.profile.id}") for url in urls)


def test_eaccounting_is_where_its_sandbox_serves_it() -> None:
    given = provider_variables(SANDBOX)
    assert given["KOPPEL_PROVIDERS_EACCOUNTING_AUTHORIZE_URL"] == f"{SANDBOX}/eaccounting/connect/authorize"
    assert given["KOPPEL_PROVIDERS_EACCOUNTING_API_BASE_URL"] == f"{SANDBOX}/eaccounting/v2"
    assert given["KOPPEL_PROVIDERS_EACCOUNTING_ISSUER"] == f"{SANDBOX}/eaccounting"
