"""One request that was read, and the ways to answer it or not."""

import orjson
from starlette.types import Receive, Scope, Send

from koppel_sandbox.control.faults import Fault
from koppel_sandbox.instants import as_http_date
from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.web.connections import cut

GARBAGE = Answer(200, b'{"Meta":{"CurrentPage":1,"PageSize":50,"TotalNum\xff\xfe<html>')


def call_of(scope: Scope, body: bytes, prefix: str) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    client = scope.get("client") or ("", 0)
    return Call(
        method=scope["method"],
        path=scope["path"].removeprefix(prefix) or "/",
        query_string=scope["query_string"],
        headers=headers,
        body=body,
        origin=f"{scope['scheme']}://{headers.get('host', 'localhost')}",
        prefix=prefix,
        source_address=str(client[0]),
    )


async def read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(parts)


def ordered(fault: Fault, usual: Answer) -> Answer:
    """The answer that a fault of kind `status` asks for; `usual` is the provider's own for that status."""
    status = int(str(fault.details["status"]))
    retry_after = fault.details.get("retry_after")
    given = fault.details.get("body")
    body = usual.body
    if given is not None:
        body = given.encode() if isinstance(given, str) else orjson.dumps(given)
    told = any(
        name == "retry-after" for name, _ in usual.headers
    )  # a provider that has a form of its own for it
    headers = usual.headers if told or retry_after is None else (("retry-after", str(retry_after)),)
    return Answer(status, b"" if status in {204, 304} else body, headers, usual.content_type)


class Exchange:
    """`status` is the one sent to the client, None before that. Every answer has the provider's `Date`."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self.status: int | None = None

    async def send(self, answer: Answer, now: int) -> None:
        kind = [] if answer.content_type is None else [("content-type", answer.content_type)]
        own = [("content-length", str(len(answer.body))), ("date", as_http_date(now))]
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in (*kind, *own, *answer.headers)
        ]
        self.status = answer.status
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if self._scope["method"] == "HEAD" else answer.body
        await self._send({"type": "http.response.body", "body": body})

    async def cut(self) -> None:
        """Closes the connection and waits until the server knows, so that it sends no answer of its own."""
        peer = self._scope["client"]
        cut((peer[0], peer[1]))
        while (await self._receive())["type"] != "http.disconnect":
            pass
