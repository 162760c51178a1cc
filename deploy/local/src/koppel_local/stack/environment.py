"""The environment of a service: its variables, keys and tokens."""

import base64
import math
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from koppel_identity.claims import AUDIENCE
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.postgres.databases import Roles
from koppel_local.private_files import write_private
from koppel_local.process.ports import LOOPBACK
from koppel_local.stack.layout import (
    SANDBOX_KVK_API_KEY,
    SERVICES,
    ServicePart,
)
from koppel_local.stack.providers import provider_variables

_RENEWED_AFTER = 30 * 24 * 3600
"""Seconds; a token is good for a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the parts of a running stack are: base URLs, and `kafka` the variables that tell a service of the broker."""

    database_dsn: str
    kafka: Mapping[str, str]
    services: Mapping[str, str]
    sandbox: str
    identity: str


class Environment:
    """Makes what services read from files under `state_dir`, and tells them where it is."""

    def __init__(self, state_dir: Path) -> None:
        self._secrets = state_dir / "secrets"
        self._identity = state_dir / "identity"
        self._roles = Roles(state_dir)
        self._issuer = LocalIssuer(self._identity)

    def make_files(self, issuer: str) -> None:
        """Keys once; service tokens afresh once they are a month old, or of another issuer: a service reads its file again."""
        self._secrets.mkdir(parents=True, exist_ok=True)
        self._secrets.chmod(0o700)
        for key_file in (self._key_file, self._session_key_file):
            if not key_file.exists():
                write_private(key_file, base64.b64encode(secrets.token_bytes(32)))
        self._issuer.ensure_key()
        renamed = self._issuer.be_named(issuer)
        for service in SERVICES:
            if renamed or _age(self._token_file(service)) > _RENEWED_AFTER:
                write_private(self._token_file(service), self._issuer.service_token(service.name))

    def of(self, service: ServicePart, addresses: Addresses) -> dict[str, str]:
        """The environment of one service."""
        own = {
            "DATABASE_URL": self._roles.dsn(addresses.database_dsn, f"{service.schema}_app"),
            "HOST": LOOPBACK,
            "PORT": addresses.services[service.name].rpartition(":")[2],
            "PUBLIC_URL": addresses.services[service.name],
            "SERVICE_TOKEN_FILE": str(self._token_file(service)),
            **self._of_its_kind(service, addresses),
        }
        providers = provider_variables(addresses.sandbox) if service.name == "connection-svc" else {}
        named = {service.prefix + name: value for name, value in own.items()}
        return {**self._shared(addresses), **providers, **named}

    def of_migration(self, service: ServicePart, addresses: Addresses) -> dict[str, str]:
        """The environment of a service's `migrate`: the only one that gets the owner's password."""
        dsn = self._roles.dsn(addresses.database_dsn, f"{service.schema}_owner")
        return {service.prefix + "MIGRATION_DATABASE_URL": dsn}

    def of_console(self, url: str, *, identity: str, services: Mapping[str, str]) -> dict[str, str]:
        """The environment of the console: it gets no token and no database of ours."""
        named = {f"KOPPEL_{name.upper().replace('-', '_')}_URL": where for name, where in services.items()}
        return {
            "KOPPEL_CONSOLE_HOST": LOOPBACK,
            "KOPPEL_CONSOLE_PORT": url.rpartition(":")[2],
            "KOPPEL_CONSOLE_PUBLIC_URL": url,
            "KOPPEL_CONSOLE_SESSION_KEY_FILE": str(self._session_key_file),
            "KOPPEL_CONSOLE_ISSUER_URL": identity,
            "KOPPEL_OTLP_ENDPOINT": os.environ.get("KOPPEL_OTLP_ENDPOINT", ""),
            "KOPPEL_LOG_LEVEL": os.environ.get("KOPPEL_LOG_LEVEL", "INFO"),
            **named,
        }

    def _shared(self, addresses: Addresses) -> dict[str, str]:
        return {
            **addresses.kafka,
            "KOPPEL_JWT_ISSUER": addresses.identity,
            "KOPPEL_JWT_AUDIENCE": AUDIENCE,
            "KOPPEL_JWKS_FILE": str(self._issuer.key_set_file),
            # Empty means the services' default: two services may ask for access tokens, all else is denied.
            "KOPPEL_SERVICE_ACCESS": os.environ.get("KOPPEL_SERVICE_ACCESS", ""),
            "KOPPEL_OTLP_ENDPOINT": os.environ.get("KOPPEL_OTLP_ENDPOINT", ""),
            "KOPPEL_LOG_LEVEL": os.environ.get("KOPPEL_LOG_LEVEL", "INFO"),
            **_limits(),
        }

    def _of_its_kind(self, service: ServicePart, addresses: Addresses) -> dict[str, str]:
        if service.name == "connection-svc":
            return {
                "KEY_FILE": str(self._key_file),
                "RETURN_URL_ALLOWLIST": "loopback",
                # A login link made on the command line may be opened in any browser of this machine.
                "BROWSER_BINDING": "when_present",
            }
        if service.name == "import-svc":
            return {
                "CONNECTION_SVC_URL": addresses.services["connection-svc"],
                "KVK_URL": f"{addresses.sandbox}/kvk",
                "KVK_API_KEY": SANDBOX_KVK_API_KEY,
                "LOOK_EVERY": os.environ.get("IMPORT_SVC_LOOK_EVERY", "1d"),
            }
        if service.name == "sync-svc":
            return {"CONNECTION_SVC_URL": addresses.services["connection-svc"]}
        return {}

    @property
    def signing_key_file(self) -> Path:
        return self._issuer.key_file

    @property
    def _key_file(self) -> Path:
        return self._secrets / "connection-key"

    @property
    def _session_key_file(self) -> Path:
        return self._secrets / "console-key"

    def _token_file(self, service: ServicePart) -> Path:
        return self._identity / f"{service.name}.token"


def _limits() -> dict[str, str]:
    """Rate windows that whoever starts the stack sets lower: every service draws on the same."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("KOPPEL_PROVIDERS_") and name.endswith(("_LIMITS", "_SHARES"))
    }


def _age(file: Path) -> float:
    """Seconds since it was written; endless for a file that is not there."""
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return math.inf
