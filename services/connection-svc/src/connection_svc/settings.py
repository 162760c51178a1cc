"""The only reader of the environment."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from connection_svc.adapters.providers import ProviderConfiguration
from connection_svc.domain.login import BrowserBinding
from connection_svc.domain.provider import LoginEndpoints
from connection_svc.domain.return_url import ReturnUrls
from koppel.platform.settings import CommaSeparated, ServiceSettings, environment
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.tokens import ClientCredentials

_DEFAULTS = EACCOUNTING.profile.regions[0].endpoints


def _http_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.query or url.fragment:
        raise ValueError("must be an http(s) address without user, query and fragment")
    return value.rstrip("/")


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class ConnectionSettings(ServiceSettings):
    """`CONNECTION_SVC_…`. Raises at start on anything that would fail at the first login."""

    model_config = environment("CONNECTION_SVC_")

    port: Annotated[int, Field(ge=0, le=65535)] = 8101
    public_url: HttpUrl = Field(
        description="where browsers reach this service; packages send them back to it"
    )
    key_file: Path = Field(description="file with the key-encryption key: 32 random bytes in base64")
    return_url_allowlist: CommaSeparated = Field(
        (), description="comma separated URL prefixes, or loopback: where logins may return to"
    )
    browser_binding: BrowserBinding = BrowserBinding.REQUIRED

    eaccounting_client_id: str = Field(min_length=1, description="the client id that eAccounting gave")
    eaccounting_client_secret: SecretStr = Field(description="the client secret that eAccounting gave")
    eaccounting_authorize_url: HttpUrl = _DEFAULTS.authorize_url
    eaccounting_token_url: HttpUrl = _DEFAULTS.token_url
    eaccounting_revocation_url: HttpUrl = _DEFAULTS.revocation_url or ""
    eaccounting_api_base_url: HttpUrl = _DEFAULTS.api_base_url
    eaccounting_issuer: str | None = None

    @field_validator("return_url_allowlist")
    @classmethod
    def _readable(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        ReturnUrls(entries)
        return entries

    def providers(self) -> dict[str, ProviderConfiguration]:
        """The configured packages, by id."""
        authorize = urlsplit(self.eaccounting_authorize_url)
        endpoints = LoginEndpoints(
            authorize_url=self.eaccounting_authorize_url,
            token_url=self.eaccounting_token_url,
            revocation_url=self.eaccounting_revocation_url,
            api_base_url=self.eaccounting_api_base_url,
            redirect_uri=f"{self.public_url}/v1/oauth/{EACCOUNTING.profile.id}/callback",
            issuer=self.eaccounting_issuer or f"{authorize.scheme}://{authorize.netloc}",
        )
        credentials = ClientCredentials(
            self.eaccounting_client_id, self.eaccounting_client_secret.get_secret_value()
        )
        return {EACCOUNTING.profile.id: ProviderConfiguration(credentials, endpoints)}
