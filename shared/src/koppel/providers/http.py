"""The HTTP client for accounting packages: bounded in connections, time and trust."""

import logging
from importlib.metadata import version

import httpx

USER_AGENT = f"Koppel/{version('koppel-shared')}"

TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=10.0)
"""Seconds for each step; `calls.send` bounds the whole call besides."""


def provider_http(
    *, connections: int = 20, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client to share for the life of a process; close it with `aclose()`.

    Redirects are off, so a token goes to no host but the configured one; proxy variables of the
    environment are not read. httpx logs full addresses at INFO, hence the loggers' level.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        timeout=TIMEOUT,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        follow_redirects=False,
        trust_env=False,
        transport=transport,
    )
