"""The environment, read once at start: shared variables (`KOPPEL_…`) and a service's own (`<NAME>_…`).

A service subclasses `ServiceSettings` with its prefix and adds its own fields:

    class ImportSettings(ServiceSettings):
        model_config = environment("IMPORT_SVC_")
        port: int = 8102
        connection_svc_url: str = Field(description="internal base URL of connection-svc")
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    InstanceOf,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from koppel.kernel.errors import ConfigurationError
from koppel.platform.console import complain
from koppel.platform.database_url import checked_database_url, read_password, with_password
from koppel.platform.identity import DEFAULT_ACCESS, ClaimNames, ServiceAccess
from koppel.platform.identity.claims import parse_values
from koppel.platform.kafka.settings import KafkaSettings
from koppel.platform.telemetry.export import ALL_SIGNALS, Signal

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ValueError("write a duration such as 500ms, 30s, 5m, 1h or 14d")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2] or "s"])


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""`500ms`, `30s`, `5m`, `1h`, `14d`, or plain seconds."""

CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)]
"""`a,b,c` as a tuple."""


def _database_url(url: SecretStr) -> SecretStr:
    checked_database_url(url.get_secret_value())
    return url


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
"""A connection string; a bad one is refused without telling any part of it."""


def _readable_password(file: Path) -> Path:
    try:
        read_password(file)
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror})") from None
    return file


PasswordFile = Annotated[Path, AfterValidator(_readable_password)]
"""A file that holds one password, of any characters."""


ClaimName = Annotated[str, Field(min_length=1, max_length=200)]
"""A claim, or a path into one with dots."""


def _claim_values(value: object) -> object:
    return parse_values(value) if isinstance(value, str) else value


def _access(value: object) -> object:
    return ServiceAccess.parse(value) if isinstance(value, str) else value


def _named_by_opentelemetry() -> str | None:
    return os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None


OtlpEndpoint = Annotated[str | None, Field(default_factory=_named_by_opentelemetry)]
"""Where ours is not set, OpenTelemetry's own variable."""
OtlpSignals = Annotated[frozenset[Signal], NoDecode, BeforeValidator(_comma_separated)]
"""`traces,metrics,logs` or some of them."""


class ProcessRole(StrEnum):
    """The parts of a service that one process runs."""

    HTTP = "http"
    CONSUMER = "consumer"
    RELAY = "relay"
    JOBS = "jobs"


def environment(prefix: str) -> SettingsConfigDict:
    """Model configuration that reads variables of this prefix; empty means not set."""
    return SettingsConfigDict(
        env_prefix=prefix,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )


class KoppelSettings(KafkaSettings):
    """What all services share."""

    model_config = environment("KOPPEL_")

    jwt_issuer: str = Field(description="the `iss` that tokens must carry")
    jwt_audience: str = "koppel"
    jwks_file: Path | None = None
    jwks_url: str | None = None
    service_access: Annotated[InstanceOf[ServiceAccess], NoDecode, BeforeValidator(_access)] = Field(
        DEFAULT_ACCESS,
        description='JSON such as {"sync-svc": ["borrow"]}; docs/settings.md lists the operations',
    )
    claim_subject: ClaimName = "sub"
    claim_kind: ClaimName = "kind"
    claim_organisation: ClaimName = "org"
    claim_roles: ClaimName = "roles"
    claim_rights: ClaimName = "rights"
    claim_values: Annotated[Mapping[str, Mapping[str, str]], NoDecode, BeforeValidator(_claim_values)] = (
        Field(
            default_factory=dict,
            description='JSON such as {"roles": {"Koppel.Beheerder": "beheerder"}}: what values of claims mean',
        )
    )
    otlp_endpoint: OtlpEndpoint
    otlp_signals: OtlpSignals = ALL_SIGNALS
    log_level: Annotated[str, Field(pattern=r"(?i)^(debug|info|warning|error)$")] = "INFO"
    shutdown_grace: Duration = timedelta(seconds=15)
    drain_delay: Duration = timedelta(0)
    gap_patience: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(seconds=10)
    budget_share: Annotated[Decimal, Field(gt=0, le=1)] | None = Field(
        None, description="this service's part of providers' rate windows, above 0 and at most 1"
    )
    replay_four_eyes: Annotated[int, Field(ge=0)] = 10_000
    event_log_kept: Annotated[Duration, Field(ge=timedelta(days=15))] = timedelta(days=30)

    @property
    def claims(self) -> ClaimNames:
        """Where tokens say who calls."""
        return ClaimNames(
            subject=self.claim_subject,
            kind=self.claim_kind,
            organisation=self.claim_organisation,
            roles=self.claim_roles,
            rights=self.claim_rights,
            values=self.claim_values,
        )

    @model_validator(mode="after")
    def _one_key_source(self) -> Self:
        if (self.jwks_file is None) == (self.jwks_url is None):
            raise ValueError("set exactly one of KOPPEL_JWKS_FILE and KOPPEL_JWKS_URL")
        return self


class ServiceSettings(BaseSettings):
    """What every service has under its own prefix."""

    database_url: DatabaseUrl = Field(description="DSN of the service's app role")
    database_password_file: PasswordFile | None = Field(
        None, description="file with that role's password, read at each new connection; goes before the URL's"
    )
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)]
    public_url: str | None = Field(None, description="where callers reach this service")
    roles: Annotated[frozenset[ProcessRole], NoDecode, BeforeValidator(_comma_separated)] = frozenset(
        ProcessRole
    )
    instance: str | None = Field(
        None, description="stable name of this process: a restart takes its partitions back at once"
    )
    service_token_file: Path | None = Field(None, description="file with this service's bearer token")


class MigrationSettings(BaseSettings):
    """All that `migrate` needs; load it with the service's prefix."""

    model_config = environment("")

    migration_database_url: DatabaseUrl = Field(description="DSN of the schema's owner role")
    migration_database_password_file: PasswordFile | None = Field(
        None, description="file with that role's password; goes before the URL's"
    )

    def dsn(self) -> str:
        """The connection string, with the password of the file where there is one."""
        url = self.migration_database_url.get_secret_value()
        file = self.migration_database_password_file
        return url if file is None else with_password(url, read_password(file))


S = TypeVar("S", bound=BaseSettings)
T = TypeVar("T")


def load_settings(cls: type[S], *, env_prefix: str | None = None) -> S:
    """Read the environment, or complain with one line of each bad variable and exit with 2."""
    prefix = cls.model_config.get("env_prefix", "") if env_prefix is None else env_prefix
    try:
        return cls(_env_prefix=prefix, **_secrets_in_files(cls, prefix))
    except ValidationError as error:
        for line in _complaints(cls, prefix, error):
            complain(line)
        raise SystemExit(2) from None


def configured(prefix: str, read: Callable[[Mapping[str, str]], T]) -> T:
    """What `read` makes of the variables of this prefix; its `ConfigurationError` is complained of and exits with 2."""
    try:
        return read(variables_under(prefix))
    except ConfigurationError as error:
        for line in error.lines:
            complain(line)
        raise SystemExit(2) from None


def variables_under(prefix: str) -> dict[str, str]:
    """All variables of this prefix by the rest of their names, empty ones left out, or exit with 2.

    Each may stand in a file instead: the name with `_FILE` and the file's path.
    """
    found = {
        name.removeprefix(prefix): value
        for name, value in os.environ.items()
        if name.startswith(prefix) and value
    }
    for name in [each for each in found if each.endswith("_FILE")]:
        file, secret = found.pop(name), name.removesuffix("_FILE")
        if secret in found:
            _refuse(f"set one of {prefix}{secret} and {prefix}{name}.")
        found[secret] = _secret_of(f"{prefix}{name}", file)
    return found


def _secret_of(variable: str, file: str) -> str:
    try:
        return read_password(Path(file))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is empty or not UTF-8"
        _refuse(f"{variable} is not valid: {file} gives no secret ({reason}).")


def _secrets_in_files(cls: type[BaseSettings], prefix: str) -> dict[str, Any]:
    """Secrets by field, of those whose variable with `_FILE` names a file."""
    found: dict[str, Any] = {}
    for name, field in cls.model_fields.items():
        variable = f"{prefix}{name}".upper()
        if field.annotation is not SecretStr or not (file := os.environ.get(f"{variable}_FILE")):
            continue
        if os.environ.get(variable):
            _refuse(f"set one of {variable} and {variable}_FILE.")
        found[name] = _secret_of(f"{variable}_FILE", file)
    return found


def _refuse(line: str) -> NoReturn:
    complain(line)
    raise SystemExit(2)


def _complaints(cls: type[BaseSettings], prefix: str, error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            yield f"{message}."
            continue
        name = str(problem["loc"][0])
        variable = (prefix + name).upper()
        told = "is not set" if problem["type"] == "missing" else f"is not valid: {message}"
        field = cls.model_fields.get(name)
        hint = f" hint: {field.description}" if field and field.description else ""
        yield f"{variable} {told}.{hint}"
