"""The only reader of the environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from koppel.platform.settings import Duration, ServiceSettings, environment


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
