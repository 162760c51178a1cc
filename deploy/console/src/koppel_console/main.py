"""Composition root: the only place that builds things."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version
from typing import NoReturn

import httpx

from koppel.kernel.errors import KoppelError
from koppel.platform.console import complain
from koppel.platform.health import Health
from koppel.platform.runner import HttpPart, run_service
from koppel.platform.runner.process import run_process
from koppel.platform.settings import load_settings
from koppel.platform.telemetry import setup_telemetry
from koppel_console.app import build_app, parts_of
from koppel_console.login.issuer import Issuer
from koppel_console.own_urls import OwnUrls
from koppel_console.session.seal import Seal
from koppel_console.settings import ConsoleSettings, ServiceAddresses

NAME = "koppel-console"
_ISSUER_SECONDS = 5.0
_MOST_CONNECTIONS = 200


async def run() -> int:
    """Serve until told to stop; returns the exit code."""
    own, shared = load_settings(ConsoleSettings), load_settings(ServiceAddresses)
    setup_telemetry(
        NAME,
        version=version(NAME),
        otlp_endpoint=shared.otlp_endpoint,
        otlp_signals=shared.otlp_signals,
        log_level=shared.log_level,
    )
    health = Health()
    limits = httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=50)
    async with (
        httpx.AsyncClient(timeout=None, limits=limits, trust_env=False) as http,  # noqa: S113  (each call has its own)
        httpx.AsyncClient(timeout=_ISSUER_SECONDS) as outside,
    ):
        secret = own.client_secret.get_secret_value() if own.client_secret else None
        parts = parts_of(
            urls=OwnUrls.of(own.public_url),
            seal=Seal.from_file(own.session_key_file),
            issuer=Issuer(own.issuer_url, own.client_id, secret, own.scope, outside),
            http=http,
            services=shared.by_name,
        )
        return await run_service(
            name=NAME,
            parts=[HttpPart(build_app(parts, health), own.host, own.port, stopping=health.stopping)],
            health=health,
            shutdown_grace=timedelta(seconds=15),
            drain_delay=timedelta(0),
        )


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """`koppel-console run`. Exit codes: 0 done, 1 failed, 2 wrong use or settings."""
    parser = argparse.ArgumentParser(prog=NAME, description="The console of Koppel.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="run")
    commands.add_parser("run", help="serve until SIGTERM or SIGINT")
    parser.parse_args(arguments)
    try:
        code = run_process(run())
    except KoppelError as error:
        complain(error.detail)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
