"""In front of everything a provider answers: which provider, who calls, which fault applies, and the ledger of calls.

A path begins with the provider's id; the default provider also answers without. The control calls pass by untouched.
"""

import asyncio
from collections import Counter
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from koppel_sandbox.control import faults
from koppel_sandbox.control.call_ledger import Call as Noted
from koppel_sandbox.control.faults import Fault
from koppel_sandbox.instants import as_http_date, system_clock
from koppel_sandbox.provider import Answer, Call, Caller, Truncation
from koppel_sandbox.sandbox import Sandbox, Stand
from koppel_sandbox.web.exchange import GARBAGE, Exchange, call_of, ordered, read_body

_CONTROL = "/_sandbox"


class Gateway:
    def __init__(self, control: ASGIApp, sandbox: Sandbox) -> None:
        self._control = control
        self._sandbox = sandbox
        self._in_flight: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_CONTROL):
            await self._control(scope, receive, _dated(send))
            return
        first = scope["path"].split("/", 2)[1]
        stand = self._sandbox.stands.get(first, self._sandbox.default)
        prefix = f"/{first}" if first in self._sandbox.stands else ""
        at = stand.clock()
        call = call_of(scope, await read_body(receive), prefix)
        await self._exchange(stand, call, Exchange(scope, receive, send), at)

    async def _exchange(self, stand: Stand, call: Call, exchange: Exchange, at: int) -> None:
        caller = stand.provider.caller(call)
        met = stand.faults.take(call.method, call.path, caller.company_id)
        place = (stand.id, caller.company_id or "")
        self._in_flight[place] += 1
        noted = _note(call, caller, met, at, self._in_flight[place] if caller.company_id else 1)
        try:
            answer = await self._respond(stand, call, exchange, met)
            noted.violation = answer.violation if answer else None
        finally:
            self._in_flight[place] -= 1
            noted.status = exchange.status
            if stand.provider.is_noted(call.path):
                stand.ledger.add(noted, stand.provider.at_once)

    async def _respond(self, stand: Stand, call: Call, exchange: Exchange, met: list[Fault]) -> Answer | None:
        """What the provider said, also when it did not reach the client; None when it was not asked."""
        waits = sum(float(str(each.details["seconds"])) for each in met if each.kind == faults.DELAY)
        if waits or stand.provider.think_seconds:
            await asyncio.sleep(waits + stand.provider.think_seconds)
        fault = next((each for each in met if each.kind != faults.DELAY), None)
        kind = fault.kind if fault else None
        if fault is not None and kind == faults.STATUS:
            await exchange.send(_ordered(stand, call, fault), stand.clock())
        elif kind == faults.GARBAGE:
            await exchange.send(GARBAGE, stand.clock())
        elif kind == faults.DROP:
            await exchange.cut()
        else:
            return await self._ask(stand, call, exchange, fault)
        return None

    async def _ask(self, stand: Stand, call: Call, exchange: Exchange, fault: Fault | None) -> Answer:
        kind = fault.kind if fault else None
        hides = fault is not None and bool(fault.details.get("hide_total"))
        answer = await stand.provider.answer(
            call, Truncation(hides) if kind == faults.TRUNCATE_LISTING else None
        )
        if kind == faults.LOSE_ANSWER:
            await exchange.cut()
        else:
            await exchange.send(answer, stand.clock())
        return answer


def _ordered(stand: Stand, call: Call, fault: Fault) -> Answer:
    retry_after = fault.details.get("retry_after")
    seconds = None if retry_after is None else int(str(retry_after))
    return ordered(fault, stand.provider.refusal(call, int(str(fault.details["status"])), seconds))


def _note(call: Call, caller: Caller, met: list[Fault], at: int, in_flight: int) -> Noted:
    return Noted(
        at=at,
        client_id=caller.client_id,
        grant=caller.grant,
        company_id=caller.company_id,
        method=call.method,
        path=call.path,
        query=unquote_plus(call.query_string.decode("latin-1")),
        status=None,
        fault=met[-1].kind if met else None,
        in_flight=in_flight,
    )


def _dated(send: Send) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            date = (b"date", as_http_date(system_clock()).encode())
            message = {**message, "headers": [*message.get("headers", []), date]}
        await send(message)

    return forward
