"""The provider settings of connection-svc on one machine: each provider is the sandbox, under the real one's paths."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from koppel.providers.catalogue import PROFILES
from koppel.providers.configuration import PREFIX
from koppel.providers.profile import CodeFlow, Endpoints, ProviderProfile
from koppel_local.stack.layout import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET


def provider_variables(sandbox: str) -> dict[str, str]:
    """`KOPPEL_PROVIDERS_…` of every provider and region, at the sandbox of this address."""
    return {
        f"{PREFIX}{profile.id.upper()}_{name}": value
        for profile in PROFILES
        for name, value in _of(profile, f"{sandbox}/{profile.id}")
    }


def _of(profile: ProviderProfile, base: str) -> Iterator[tuple[str, str]]:
    for setting in profile.headers.values():
        yield setting.upper(), SANDBOX_CLIENT_SECRET
    for index, region in enumerate(profile.regions):
        place = "" if index == 0 else f"REGIONS_{region.id.upper()}_"
        yield f"{place}CLIENT_ID", SANDBOX_CLIENT_ID
        here = f"{base}/{region.id}" if index else base
        if isinstance(profile.auth, CodeFlow):
            yield f"{place}CLIENT_SECRET", SANDBOX_CLIENT_SECRET
            yield f"{place}ISSUER", here
        elif profile.auth.activation is not None:
            page = profile.auth.activation.url.partition("/{client_id}")[0]
            yield f"{place}AUTHORIZE_URL", f"{here}{urlsplit(page).path}"
        for name, url in _addresses(region.endpoints):
            yield f"{place}{name}", f"{here}{urlsplit(url).path}"


def _addresses(endpoints: Endpoints) -> Iterator[tuple[str, str]]:
    if endpoints.authorize_url:
        yield "AUTHORIZE_URL", endpoints.authorize_url
    yield "TOKEN_URL", endpoints.token_url
    if endpoints.revocation_url:
        yield "REVOCATION_URL", endpoints.revocation_url
    yield "API_BASE_URL", endpoints.api_base_url
