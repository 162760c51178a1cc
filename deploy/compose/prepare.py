"""One-shot job of docker-compose.yml: keys, tokens and topics, each made unless it is there.

Every service finds its own files in a folder of its own under `--secrets`, so that no service can read another's.
The signing key stays in `--issuer`, which only this job mounts.
"""

import argparse
import base64
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from koppel_local.kafka.topics import ensure_topics
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.private_files import write_private
from koppel_local.stack.layout import SERVICES

KEY_BYTES = 32


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--issuer", type=Path, required=True, help="folder of the signing key")
    parser.add_argument("--secrets", type=Path, required=True, help="parent of one folder a service")
    parser.add_argument("--bootstrap-servers", help="broker to make the topics on")
    given = parser.parse_args(arguments)
    make_files(given.issuer, given.secrets)
    if given.bootstrap_servers:
        ensure_topics(given.bootstrap_servers)
    print("keys, tokens and topics are there")


def make_files(issuer_folder: Path, parent: Path) -> None:
    """The key set and a token for each service; the key-encryption key for the one that encrypts."""
    issuer = LocalIssuer(issuer_folder)
    issuer.ensure_key()
    for service in SERVICES:
        folder = parent / service.name
        write_private(folder / "token", issuer.service_token(service.name))
        shutil.copyfile(issuer.key_set_file, folder / "jwks.json")
    key = parent / "connection-svc" / "key"
    if not key.exists():
        write_private(key, base64.b64encode(secrets.token_bytes(KEY_BYTES)))


if __name__ == "__main__":
    main()
