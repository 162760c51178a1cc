"""Keys, tokens and passwords in files: one folder a reader, so that no service can read another's.

    <parent>/<service>         token, jwks.json, database-password; connection-svc also key, client-secret
    <parent>/<service>-owner   database-password of the schema's owner, for its migrations

A key that is there stays: what it encrypted could not be read without it. Everything else is written again.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.private_files import write_private
from koppel_local.stack.layout import SERVICES

KEY_BYTES = 32
CLIENT_SECRET = "KOPPEL_SANDBOX_CLIENT_SECRET"  # noqa: S105  (a variable's name)


def make_files(issuer: LocalIssuer, issuer_url: str, parent: Path, passwords: Mapping[str, str]) -> None:
    """`passwords` are those of the database roles; the signing key stays where the issuer has it."""
    issuer.ensure_key()
    issuer.be_named(issuer_url)
    for service in SERVICES:
        folder = parent / service.name
        write_private(folder / "token", issuer.service_token(service.name))
        write_private(folder / "jwks.json", issuer.key_set_file.read_bytes())
        write_private(folder / "database-password", passwords[f"{service.schema}_app"])
        owner = parent / f"{service.name}-owner"
        write_private(owner / "database-password", passwords[f"{service.schema}_owner"])
    for key in (parent / "connection-svc" / "key", parent / "console" / "session-key"):
        if not key.exists():
            write_private(key, base64.b64encode(secrets.token_bytes(KEY_BYTES)))
    if client_secret := os.environ.get(CLIENT_SECRET):
        write_private(parent / "connection-svc" / "client-secret", client_secret)
