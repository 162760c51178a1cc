"""`koppel-sandbox`: reads the options and serves."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import uvicorn

from koppel_sandbox.journal import Journal
from koppel_sandbox.json_lines import CONFIGURATION
from koppel_sandbox.provider import Provider
from koppel_sandbox.settings import Settings, Sizes
from koppel_sandbox.web.app import build_app
from koppel_sandbox.web.connections import CuttableProtocol
from koppel_sandbox.web.control_bodies import read_settings
from koppel_sandbox.web.control_input import Fields, InputError


def _parser() -> argparse.ArgumentParser:
    defaults = Settings()
    client = defaults.clients[0]
    parser = argparse.ArgumentParser(
        prog="koppel-sandbox",
        description="A stand-in accounting package in eAccounting's shape.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8190, help="port to listen on")
    parser.add_argument("--state", type=Path, help="file that keeps tokens and changes over a restart")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="what the data is made from")
    parser.add_argument("--companies", type=int, default=defaults.companies, help="number of companies")
    for name, size in asdict(defaults.sizes).items():
        parser.add_argument(f"--{name}", type=int, default=size, help="objects per company")
    parser.add_argument("--client-id", default=client.client_id, help="the registered client")
    parser.add_argument("--client-secret", default=client.client_secret, help="its secret")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        help="registered next to loopback callbacks; repeatable",
    )
    parser.add_argument(
        "--access-token-seconds", type=int, default=defaults.access_token_seconds, help="life"
    )
    parser.add_argument(
        "--rate-limit-per-minute",
        type=int,
        default=defaults.rate_limit_per_minute,
        help="per client and endpoint; 0 is no limit",
    )
    parser.add_argument("--keep-refresh-tokens", action="store_true", help="refresh tokens do not rotate")
    return parser


def settings_of(options: argparse.Namespace) -> Settings:
    """Raises InputError for a value out of range."""
    client = {
        "client_id": options.client_id,
        "client_secret": options.client_secret,
        "redirect_uris": options.redirect_uri,
    }
    given = {
        "seed": options.seed,
        "companies": options.companies,
        "sizes": {name: getattr(options, name) for name in Sizes.names()},
        "clients": [client],
        "rotate_refresh_tokens": not options.keep_refresh_tokens,
        "access_token_seconds": options.access_token_seconds,
        "rate_limit_per_minute": options.rate_limit_per_minute,
    }
    return read_settings(Fields(given), Settings())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = settings_of(options)
    except InputError as error:
        parser.error(str(error))
    provider = Provider(settings, journal=Journal(options.state))
    uvicorn.run(
        build_app(provider),
        loop="asyncio",  # whose transports can be cut (web/connections.py), whatever else is installed
        host=options.host,
        port=options.port,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=CONFIGURATION,
        proxy_headers=False,  # faults find a connection by its client's address
        server_header=False,
        timeout_keep_alive=75,  # longer than clients keep idle connections, so they meet no surprise close
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
