"""In front of everything the provider answers: who calls, which fault strikes, and the ledger of calls.

Handles `/v2` and `/connect`; the control calls pass by untouched.
"""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from koppel_sandbox import faults
from koppel_sandbox.call_ledger import Call
from koppel_sandbox.errors import ApiError, code_for, error_body
from koppel_sandbox.faults import Fault
from koppel_sandbox.oauth.grants import Grant
from koppel_sandbox.odata.listing import Truncation
from koppel_sandbox.provider import Provider
from koppel_sandbox.rate_limit import limit_text
from koppel_sandbox.web.api import PREFIX, Api
from koppel_sandbox.web.connections import cut
from koppel_sandbox.web.token import client_credentials

_TOKEN_PATHS = {"/connect/token", "/connect/revocation"}
_JSON = b"application/json; charset=utf-8"
_GARBAGE = b'{"Meta":{"CurrentPage":1,"PageSize":50,"TotalNum\xff\xfe<html>'


@dataclass(slots=True)
class _Caller:
    client_id: str | None
    grant: Grant | None
    """The login behind the token sent, also when that token is no longer good."""
    authenticated: Grant | None = None


@dataclass(slots=True)
class _Answer:
    status: int | None = None


class Gateway:
    def __init__(self, app: ASGIApp, provider: Provider) -> None:
        self._app = app
        self._provider = provider
        self._api = Api(provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith((PREFIX, "/connect/")):
            await self._app(scope, receive, send)
            return
        at = self._provider.clock()
        body = await _read_body(receive)
        caller = self._caller(scope, body)
        company_id = caller.grant.company_id if caller.grant else None
        met = self._provider.faults.take(scope["method"], scope["path"], company_id)
        answer = _Answer()
        try:
            await self._respond(_Exchange(scope, receive, send, body, answer), caller, met)
        finally:
            self._note(scope, caller, met, answer, at)

    async def _respond(self, exchange: "_Exchange", caller: _Caller, met: list[Fault]) -> None:
        for delay in met:
            if delay.kind == faults.DELAY:
                await asyncio.sleep(float(str(delay.details["seconds"])))
        fault = next((each for each in met if each.kind != faults.DELAY), None)
        kind = fault.kind if fault else None
        if fault is not None and kind == faults.STATUS:
            await exchange.send_status_fault(fault)
        elif kind == faults.GARBAGE:
            await exchange.send(200, _GARBAGE)
        elif kind == faults.DROP:
            await exchange.cut()
        elif kind == faults.LOSE_ANSWER:
            await self._work(exchange.unheard(), caller, None)
            await exchange.cut()
        else:
            hides = fault is not None and bool(fault.details.get("hide_total"))
            await self._work(exchange, caller, Truncation(hides) if kind == faults.TRUNCATE_LISTING else None)

    async def _work(self, exchange: "_Exchange", caller: _Caller, truncation: Truncation | None) -> None:
        scope = exchange.scope
        if not scope["path"].startswith(PREFIX):
            await self._app(scope, exchange.receive_again, exchange.forward)
            return
        try:
            body = self._api.answer(
                scope["method"], scope["path"], scope["query_string"], caller.authenticated, truncation
            )
        except ApiError as error:
            await exchange.send(error.status, error_body(error.code, error.message))
        else:
            await exchange.send(200, body)

    def _caller(self, scope: Scope, body: bytes) -> _Caller:
        headers = {
            name: value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"
        }
        authorization = headers.get(b"authorization", "")
        grants = self._provider.grants
        if scope["path"] in _TOKEN_PATHS:
            form = dict(parse_qsl(body.decode("utf-8", "replace")))
            tokens = (form.get(name) for name in ("refresh_token", "code", "token"))
            grant = next((grants.behind(token) for token in tokens if token), None)
            return _Caller(client_credentials(authorization, form)[0] or None, grant)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return _Caller(None, None)
        known = grants.behind(token)
        return _Caller(
            known.client_id if known else None, known, grants.authenticate(token) if known else None
        )

    def _note(self, scope: Scope, caller: _Caller, met: list[Fault], answer: _Answer, at: int) -> None:
        if not scope["path"].startswith(PREFIX) and scope["path"] not in _TOKEN_PATHS:
            return
        self._provider.ledger.add(
            Call(
                at=at,
                client_id=caller.client_id,
                grant=caller.grant.id if caller.grant else None,
                company_id=caller.grant.company_id if caller.grant else None,
                method=scope["method"],
                path=scope["path"],
                query=unquote_plus(scope["query_string"].decode("latin-1")),
                status=answer.status,
                fault=met[-1].kind if met else None,
            )
        )


class _Exchange:
    """One request that was read, and the ways to answer it or not."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body: bytes, answer: _Answer) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._body = body
        self._answer = answer

    async def receive_again(self) -> Message:
        """Gives the body that was read, for the handler behind."""
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def forward(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._answer.status = message["status"]
        await self._send(message)

    async def send(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        length = (b"content-length", str(len(body)).encode())
        every = [(b"content-type", _JSON), length, *(headers or [])]
        await self.forward({"type": "http.response.start", "status": status, "headers": every})
        await self.forward({"type": "http.response.body", "body": body})

    async def send_status_fault(self, fault: Fault) -> None:
        status = int(str(fault.details["status"]))
        retry_after = fault.details.get("retry_after")
        headers = [] if retry_after is None else [(b"retry-after", str(retry_after).encode())]
        body = b"" if status in {204, 304} else self._fault_body(fault, status, retry_after)
        await self.send(status, body, headers)

    def _fault_body(self, fault: Fault, status: int, retry_after: object) -> bytes:
        given = fault.details.get("body")
        if given is not None:
            return given.encode() if isinstance(given, str) else orjson.dumps(given)
        if not self.scope["path"].startswith(PREFIX):
            return orjson.dumps({"error": "temporarily_unavailable" if status >= 500 else "invalid_request"})
        text = limit_text(int(str(retry_after or 60))) if status == 429 else "This answer was ordered"
        return error_body(code_for(status), text)

    def unheard(self) -> "_Exchange":
        """The same request with an answer that goes nowhere."""

        async def swallow(message: MutableMapping[str, Any]) -> None:
            del message

        return _Exchange(self.scope, self._receive, swallow, self._body, _Answer())

    async def cut(self) -> None:
        """Closes the connection and waits until the server knows, so that it sends no answer of its own."""
        peer = self.scope["client"]
        cut((peer[0], peer[1]))
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(parts)
