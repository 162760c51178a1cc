"""`koppel-sandbox`: reads the options and serves."""

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import uvicorn

from koppel_sandbox.control.fields import InputError
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.sandbox import Sandbox
from koppel_sandbox.settings import Sizes
from koppel_sandbox.web.app import build_app
from koppel_sandbox.web.connections import CuttableProtocol
from koppel_sandbox.web.json_lines import CONFIGURATION


def _parser() -> argparse.ArgumentParser:
    defaults = Settings()
    client = defaults.clients[0]
    parser = argparse.ArgumentParser(
        prog="koppel-sandbox",
        description="Stand-in accounting packages, one path prefix each.",
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
    parser.add_argument(
        "--client-secret", default=client.client_secret, help="its secret, and the subscription key"
    )
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        help="registered next to loopback callbacks; repeatable",
    )
    parser.add_argument(
        "--access-token-seconds", type=int, default=defaults.access_token_seconds, help="eAccounting: life"
    )
    parser.add_argument(
        "--rate-limit-per-minute",
        type=int,
        default=defaults.rate_limit_per_minute,
        help="eAccounting: per client and endpoint; 0 is no limit",
    )
    parser.add_argument(
        "--keep-refresh-tokens", action="store_true", help="eAccounting: refresh tokens do not rotate"
    )
    parser.add_argument("--notice-url", help="where notices of keys go; the provider's id is put behind it")
    return parser


def _given(options: argparse.Namespace) -> JsonObject:
    """What was asked for and differs from the usual, for every provider."""
    usual = Settings()
    sizes = {name: getattr(options, name) for name in Sizes.names()}
    given: JsonObject = {
        "seed": options.seed,
        "sizes": sizes,
        "clients": [
            {
                "client_id": options.client_id,
                "client_secret": options.client_secret,
                "redirect_uris": options.redirect_uri,
            }
        ],
    }
    return given if options.companies == usual.companies else {**given, "companies": options.companies}


def _given_to_eaccounting(options: argparse.Namespace) -> JsonObject:
    return {
        "rotate_refresh_tokens": not options.keep_refresh_tokens,
        "access_token_seconds": options.access_token_seconds,
        "rate_limit_per_minute": options.rate_limit_per_minute,
    }


def _given_to_snelstart(options: argparse.Namespace) -> JsonObject:
    given: JsonObject = {"subscription_key": options.client_secret}
    return given if options.notice_url is None else {**given, "notice_url": f"{options.notice_url}/snelstart"}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        own = {"eaccounting": _given_to_eaccounting(options), "snelstart": _given_to_snelstart(options)}
        sandbox = Sandbox(_given(options), own=own, state=options.state)
    except InputError as error:
        parser.error(str(error))
    # Uvicorn raises it again when it has stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        build_app(sandbox),
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
        date_header=False,  # each provider tells the time by its own clock
        timeout_keep_alive=75,  # longer than clients keep idle connections, so they meet no surprise close
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
