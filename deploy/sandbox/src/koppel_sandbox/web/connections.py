"""A hold on the open sockets, so that a fault can cut one off.

ASGI has no message for "close without an answer". uvicorn lets the protocol class be replaced, and asyncio tells a
protocol its transport: that is all that is used here.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]
_open: dict[Peer, asyncio.BaseTransport] = {}


class CuttableProtocol(H11Protocol):
    """uvicorn's protocol, with its transport kept by the client's address and port while it is open."""

    _peer: Peer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        name = transport.get_extra_info("peername")
        if isinstance(name, tuple):
            self._peer = (name[0], name[1])
            _open[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._peer is not None:
            _open.pop(self._peer, None)
        super().connection_lost(exc)


def cut(peer: Peer) -> None:
    """Closes the connection to `peer` at once, unsent bytes lost; nothing to do when the client was quicker."""
    transport = _open.get(peer)
    if isinstance(transport, asyncio.Transport):
        transport.abort()
