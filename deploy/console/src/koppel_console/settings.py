"""The only reader of the environment."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from koppel.platform.settings import OtlpEndpoint, OtlpSignals, environment
from koppel.platform.telemetry.export import ALL_SIGNALS


class ConsoleSettings(BaseSettings):
    """`KOPPEL_CONSOLE_…`."""

    model_config = environment("KOPPEL_CONSOLE_")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8180
    public_url: str = Field(description="where browsers reach the console; its path is the root path")
    session_key_file: Path = Field(
        description="32 random bytes in base64 a line, the same for every replica; the first line seals, all open"
    )
    issuer_url: str = Field(description="where the OIDC issuer's discovery document is found")
    client_id: str = "koppel-console"
    client_secret: SecretStr | None = Field(
        None, description="for an issuer that wants one; PKCE is used in any case"
    )
    scope: str = "openid profile offline_access"

    @model_validator(mode="after")
    def _whole_addresses(self) -> Self:
        for name in ("public_url", "issuer_url"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
                raise ValueError(f"{name} is an http or https address without a query")
        return self


class ServiceAddresses(BaseSettings):
    """Where the services are, and what all parts share."""

    model_config = environment("KOPPEL_")

    connection_svc_url: str = Field(description="base URL of connection-svc")
    import_svc_url: str = Field(description="base URL of import-svc")
    assignment_svc_url: str = Field(description="base URL of assignment-svc")
    sync_svc_url: str = Field(description="base URL of sync-svc")
    otlp_endpoint: OtlpEndpoint
    otlp_signals: OtlpSignals = ALL_SIGNALS
    log_level: Annotated[str, Field(pattern=r"(?i)^(debug|info|warning|error)$")] = "INFO"

    @property
    def by_name(self) -> dict[str, str]:
        """Base URLs without a slash at the end, by the service's name."""
        return {
            "connection-svc": self.connection_svc_url.rstrip("/"),
            "import-svc": self.import_svc_url.rstrip("/"),
            "assignment-svc": self.assignment_svc_url.rstrip("/"),
            "sync-svc": self.sync_svc_url.rstrip("/"),
        }
