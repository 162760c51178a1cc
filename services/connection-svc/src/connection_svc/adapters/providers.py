"""The provider layer behind this service's port: what is known of providers, and their addresses and credentials from settings."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import httpx
from pydantic import SecretStr

from connection_svc.adapters.provider_calls import (
    LOGIN,
    PermittedCalls,
    known,
    oauth_endpoints,
    permitted_calls,
    place_of,
)
from connection_svc.domain.provider import (
    At,
    Choice,
    KeyNotice,
    LoginEndpoints,
    PastedField,
    ProviderDescription,
)
from koppel.contracts.values import ResourceName
from koppel.kernel.errors import FieldError, InvalidInput, Permanent
from koppel.ports.budget import Budget, Spender
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.configuration import ConfiguredProvider, ConfiguredRegion
from koppel.providers.profile import KeyFlow, RateWindow, TokenTiming
from koppel.providers.provider_clock import provider_time
from koppel.providers.token_refusals import oauth_failure


class CatalogueGateway:
    """Implements `ProviderGateway` for the providers that are configured."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        configured: Mapping[str, ConfiguredProvider],
        public_url: str,
        budget: Budget,
    ) -> None:
        """`public_url` is where providers send browsers back to; every call of them is drawn from the `budget`."""
        self._http = http
        self._configured = configured
        self._public_url = public_url
        self._budget = budget

    def catalogue(self) -> Sequence[ProviderDescription]:
        return [self.describe(provider) for provider in self._configured]

    def describe(self, provider: str) -> ProviderDescription:
        if provider not in self._configured:
            raise InvalidInput(
                "unknown_provider",
                f"There is no such provider; known are: {', '.join(self._configured)}.",
                [FieldError("/provider", "no such provider")],
            )
        return _description(self._configured[provider], PROVIDERS[provider].resources)

    def region(self, provider: str, region: str | None) -> str | None:
        configured = self._configuration(provider)
        known = configured.regions if len(configured.profile.regions) > 1 else ()
        if region is not None and region not in known:
            which = f"no such region here; known are: {', '.join(known)}." if known else "no regions."
            raise InvalidInput(
                "region_unknown", f"The provider has {which}", [FieldError("/region", "no such region")]
            )
        return region or (configured.default_region.id if known else None)

    def headers(self, provider: str) -> Mapping[str, str]:
        return self._configuration(provider).headers

    def endpoints(self, at: At) -> LoginEndpoints:
        place = self._place(at)
        return LoginEndpoints(
            authorize_url=place.endpoints.authorize_url,
            token_url=place.endpoints.token_url,
            revocation_url=place.endpoints.revocation_url,
            api_base_url=place.endpoints.api_base_url,
            redirect_uri=f"{self._public_url}/v1/oauth/{at.provider}/callback",
            issuer=place.issuer,
            region=at.region,
        )

    def authorization_url(
        self, provider: str, endpoints: LoginEndpoints, *, state: str, code_challenge: str
    ) -> str:
        return PROVIDERS[provider].authorization_url(
            oauth_endpoints(endpoints),
            self._place(At(provider, endpoints.region)).credentials,
            redirect_uri=endpoints.redirect_uri,
            state=state,
            code_challenge=code_challenge,
        )

    def gives_keys(self, provider: str) -> bool:
        known = self._configured.get(provider)
        return known is not None and isinstance(known.profile.auth, KeyFlow)

    def activation_url(self, at: At, *, reference: str) -> str:
        return_url = f"{self.endpoints(at).redirect_uri}?state={quote(reference, safe='')}"
        place, auth = self._place(at), self._configuration(at.provider).profile.auth
        template = auth.activation.url if isinstance(auth, KeyFlow) and auth.activation else ""
        page, _, rest = template.partition("/{client_id}")
        own = place.endpoints.authorize_url or page
        filled = rest.replace("{reference}", quote(reference, safe="")).replace(
            "{return_url}", quote(return_url, safe="")
        )
        return f"{own}/{quote(place.credentials.client_id, safe='')}{filled}"

    def key_notice(self, provider: str, body: bytes) -> KeyNotice:
        if not isinstance(self._configuration(provider).profile.auth, KeyFlow):
            raise Permanent("provider_not_configured", "The provider tells of no keys.")
        told = PROVIDERS[provider].key_notice(body)
        key = {name: SecretStr(value) for name, value in told.key.items()}
        return KeyNotice(told.action, SecretStr(told.reference), key)

    def callback_error(self, error: str) -> str:
        return oauth_failure(error).code

    def calls(
        self, provider: str, organisation_id: UUID, grant_id: UUID
    ) -> AbstractAsyncContextManager[PermittedCalls]:
        spender = Spender(
            provider=provider, organisation_id=organisation_id, grant_id=grant_id, endpoint=LOGIN
        )
        return permitted_calls(
            self._http, PROVIDERS[provider], self._configuration(provider), self._budget, spender
        )

    def timing(self, provider: str) -> TokenTiming:
        return PROVIDERS[provider].profile.timing

    def token_window(self, provider: str) -> RateWindow | None:
        windows = self._configuration(provider).windows
        return next((each for each in windows if each.kind == "token"), None)

    async def time(self, at: At) -> datetime | None:
        return await provider_time(self._http, self._place(at).endpoints.authorize_url)

    def _place(self, at: At) -> ConfiguredRegion:
        return place_of(self._configuration(at.provider), at.region)

    def _configuration(self, provider: str) -> ConfiguredProvider:
        return known(self._configured.get(provider))


def _description(configured: ConfiguredProvider, resources: Sequence[ResourceName]) -> ProviderDescription:
    profile, auth = configured.profile, configured.profile.auth
    regions = tuple(Choice(region.id, region.name) for region in configured.regions.values())
    has_activation = (
        isinstance(auth, KeyFlow)
        and auth.activation is not None
        and bool(configured.default_region.credentials.client_id)
    )
    return ProviderDescription(
        has_activation=has_activation,
        id=profile.id,
        name=profile.name,
        grant_covers=profile.grant_covers.value,
        auth="api_key" if isinstance(auth, KeyFlow) else "oauth2",
        regions=regions if len(profile.regions) > 1 else None,
        fields=tuple(PastedField(one.name, one.label, one.secret, one.longest) for one in auth.fields)
        if isinstance(auth, KeyFlow)
        else None,
        resources=tuple(resource.value for resource in resources),
    )
