"""The only reader of the environment."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from connection_svc.domain.login import BrowserBinding
from connection_svc.domain.return_url import ReturnUrls
from koppel.kernel.errors import ConfigurationError
from koppel.platform.settings import CommaSeparated, ServiceSettings, configured, environment, variables_under
from koppel.providers.catalogue import PROFILES, PROVIDERS
from koppel.providers.configuration import PREFIX, ConfiguredProvider, configured_providers
from koppel.providers.variables import http_url

log = logging.getLogger(__name__)

HttpUrl = Annotated[str, AfterValidator(http_url)]


class ConnectionSettings(ServiceSettings):
    """`CONNECTION_SVC_…`. Raises at start on anything that would fail at the first login."""

    model_config = environment("CONNECTION_SVC_")

    port: Annotated[int, Field(ge=0, le=65535)] = 8101
    public_url: HttpUrl = Field(
        description="where browsers reach this service; providers send them back to it"
    )
    key_file: Path = Field(description="file with the key-encryption key: 32 random bytes in base64")
    return_url_allowlist: CommaSeparated = Field(
        (), description="comma separated URL prefixes, or loopback: where logins may return to"
    )
    browser_binding: BrowserBinding = BrowserBinding.REQUIRED

    @field_validator("return_url_allowlist")
    @classmethod
    def _readable(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        ReturnUrls(entries)
        return entries


def load_providers() -> dict[str, ConfiguredProvider]:
    """The providers that are on, from `KOPPEL_PROVIDERS_…`, or complain with one line of each mistake and exit with 2."""
    return configured(PREFIX, _providers)


def _providers(variables: Mapping[str, str]) -> dict[str, ConfiguredProvider]:
    found = configured_providers(PROFILES, {**_former(), **variables})
    if not found:
        ids = ", ".join(known.upper() for known in PROVIDERS)
        raise ConfigurationError(
            [f"{PREFIX}<ID>_CLIENT_ID is not set. hint: no provider is on; <ID> is one of {ids}"]
        )
    return found


def _former() -> dict[str, str]:
    """Variables by the names of before the map, `CONNECTION_SVC_<ID>_…`: read for one release, so that services can
    be replaced one by one.
    """
    found: dict[str, str] = {}
    for known in PROVIDERS:
        name = f"{known.upper()}_"
        for setting, value in variables_under(f"CONNECTION_SVC_{name}").items():
            log.warning(
                "CONNECTION_SVC_%s%s is deprecated: write %s%s%s", name, setting, PREFIX, name, setting
            )
            found[name + setting] = value
    return found
