"""The only reader of the environment."""

import ssl
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from koppel.platform.settings import Duration, ServiceSettings, environment


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
    kvk_api_key: SecretStr = Field(
        SecretStr(""), description="key of the trade register's API; without it nothing is looked up"
    )
    kvk_url: str = Field(
        "https://api.kvk.nl/api", description="address of that API, without version and path"
    )
    kvk_ca_file: Annotated[Path, AfterValidator(_root_certificates)] | None = Field(
        None, description="file with the root certificate of that API, where the system does not have it"
    )
