"""The only reader of the environment."""

import ssl
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from import_svc.domain.looks import LOOK_EVERY
from koppel.platform.settings import Duration, ServiceSettings, configured, environment
from koppel.providers.catalogue import PROFILES
from koppel.providers.configuration import PREFIX, configured_shares, configured_windows
from koppel.providers.profile import Part, RateWindow, part_of


def _root_certificates(file: Path) -> Path:
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:
        raise ValueError(f"{file} holds no certificate that can be read ({error.strerror})") from None
    return file


class ImportSettings(ServiceSettings):
    """`IMPORT_SVC_…`."""

    model_config = environment("IMPORT_SVC_")

    port: int = Field(8102, ge=0, le=65535)
    service_token_file: Path = Field(description="file with this service's bearer token")
    connection_svc_url: str = Field(description="internal base URL of connection-svc")
    discovery_concurrency: int = Field(
        8, ge=1, le=64, description="grants of a session asked at the same time"
    )
    discovery_poll: Duration = Field(
        timedelta(milliseconds=250), description="how often to look for work that other processes made"
    )
    # Long enough for the event of a login that has just come back, short enough not to be noticed.
    settle_window: Duration = Field(
        timedelta(seconds=1), description="how long a new session waits for logins on their way"
    )
    look_every: Annotated[Duration, Field(gt=timedelta(0))] = Field(
        LOOK_EVERY, description="how often to look at connections that nobody looked at"
    )
    kvk_api_key: SecretStr = Field(
        SecretStr(""), description="key of the trade register's API; without it nothing is looked up"
    )
    kvk_url: str = Field(
        "https://api.kvk.nl/api", description="address of that API, without version and path"
    )
    kvk_ca_file: Annotated[Path, AfterValidator(_root_certificates)] | None = Field(
        None, description="file with the root certificate of that API, where the system does not have it"
    )


def load_windows() -> Mapping[str, tuple[RateWindow, ...]]:
    """Each provider's rate windows, or complain with one line of each mistake and exit with 2."""
    return configured(PREFIX, partial(configured_windows, PROFILES))


def load_parts(own: Decimal | None) -> Mapping[str, Part]:
    """This service's part of each provider's windows, likewise; `own` is what `KOPPEL_BUDGET_SHARE` says for all of them."""
    shares = configured(PREFIX, partial(configured_shares, PROFILES))
    return {name: partial(part_of, share=own) if own else each.for_discovery for name, each in shares.items()}
