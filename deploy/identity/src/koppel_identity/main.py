"""`koppel-identity`: reads the options and serves."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from koppel_identity.claims import DEFAULT_ISSUER
from koppel_identity.directory.services import Services
from koppel_identity.instants import system_clock
from koppel_identity.issuer import Issuer
from koppel_identity.json_lines import CONFIGURATION
from koppel_identity.store.database import open_database
from koppel_identity.web.app import build_app


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="koppel-identity",
        description="The OpenID Connect issuer of a Koppel on one's own machine. Whoever reaches it may be anybody.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8170, help="port to listen on")
    parser.add_argument(
        "--issuer", default=DEFAULT_ISSUER, help="its address as browsers see it: the iss of tokens"
    )
    parser.add_argument("--key", type=Path, required=True, help="file of the signing key")
    parser.add_argument("--state", type=Path, help="file that keeps logins and organisations over a restart")
    parser.add_argument("--connection-svc", metavar="URL", help="who knows organisations")
    parser.add_argument("--assignment-svc", metavar="URL", help="who knows people")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that it may be called by, beside loopback ones; repeatable",
    )
    return parser


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What it was told; ends the process when that cannot be."""
    return _parser().parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    options = options_of(arguments)
    issuer = Issuer(options.issuer.rstrip("/"), options.key.read_bytes(), system_clock)
    services = Services(issuer, connection_svc=options.connection_svc, assignment_svc=options.assignment_svc)
    hosts = [name.lower() for name in options.allow_host]
    # Uvicorn raises it again when it has stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        build_app(issuer, open_database(options.state), services, system_clock, hosts=hosts),
        host=options.host,
        port=options.port,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=CONFIGURATION,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
