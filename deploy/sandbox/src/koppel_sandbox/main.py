"""`koppel-sandbox`: reads the options and serves."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from koppel_sandbox.journal import Journal
from koppel_sandbox.provider import Provider
from koppel_sandbox.settings import Client, Settings, Sizes
from koppel_sandbox.web.app import build_app
from koppel_sandbox.web.connections import CuttableProtocol


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    defaults = Settings()
    parser = argparse.ArgumentParser(
        prog="koppel-sandbox", description="A stand-in accounting package in eAccounting's shape."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--state", type=Path, help="file that keeps tokens and changes over a restart")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--companies", type=int, default=defaults.companies)
    for name in Sizes.names():
        parser.add_argument(f"--{name}", type=int, default=getattr(defaults.sizes, name), help="per company")
    parser.add_argument("--client-id", default=defaults.clients[0].client_id)
    parser.add_argument("--client-secret", default=defaults.clients[0].client_secret)
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        help="registered next to loopback callbacks; repeatable",
    )
    parser.add_argument("--access-token-seconds", type=int, default=defaults.access_token_seconds)
    parser.add_argument("--rate-limit-per-minute", type=int, default=defaults.rate_limit_per_minute)
    parser.add_argument("--keep-refresh-tokens", action="store_true", help="refresh tokens do not rotate")
    return parser.parse_args(arguments)


def settings_of(options: argparse.Namespace) -> Settings:
    return Settings(
        seed=options.seed,
        companies=options.companies,
        sizes=Sizes(**{name: getattr(options, name) for name in Sizes.names()}),
        clients=(Client(options.client_id, options.client_secret, tuple(options.redirect_uri)),),
        rotate_refresh_tokens=not options.keep_refresh_tokens,
        access_token_seconds=options.access_token_seconds,
        rate_limit_per_minute=options.rate_limit_per_minute,
    )


def main() -> None:
    options = parse_options()
    provider = Provider(settings_of(options), journal=Journal(options.state))
    print(f"koppel-sandbox listens on http://{options.host}:{options.port}", flush=True)
    uvicorn.run(
        build_app(provider),
        host=options.host,
        port=options.port,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        proxy_headers=False,  # faults find a connection by its client's address
        server_header=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
