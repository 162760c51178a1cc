"""`/_sandbox`: how a test or a demo sets a provider's world up, looks behind it, and makes things go wrong."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from koppel_sandbox.control.fields import Fields, InputError, whole_from_query
from koppel_sandbox.control.orders import read_advance, read_change, read_fault
from koppel_sandbox.instants import SECOND, as_text, parse
from koppel_sandbox.providers import DEFAULT
from koppel_sandbox.sandbox import Sandbox, Stand

Handler = Callable[[Request], Awaitable[Response]]


class NotThereError(Exception):
    """Becomes a 404 with this text."""


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _guarded(handler: Handler) -> Handler:
    async def call(request: Request) -> Response:
        try:
            return await handler(request)
        except InputError as error:
            return _json({"error": str(error)}, 422)
        except NotThereError as error:
            return _json({"error": str(error)}, 404)

    return call


class Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        company = "/_sandbox/companies/{company_id}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/_sandbox/health", self.health),
            ("GET", "/_sandbox/settings", self.settings),
            ("POST", "/_sandbox/reset", self.reset),
            ("POST", "/_sandbox/clock", self.advance),
            ("GET", "/_sandbox/clock", self.clock),
            ("POST", company + "/changes", self.change),
            ("GET", company + "/{collection:path}", self.truth),
            ("POST", "/_sandbox/faults", self.add_fault),
            ("GET", "/_sandbox/faults", self.list_faults),
            ("DELETE", "/_sandbox/faults", self.clear_faults),
            ("GET", "/_sandbox/ledger", self.ledger),
            ("DELETE", "/_sandbox/ledger", self.clear_ledger),
        ]
        return [Route(path, _guarded(handler), methods=[method]) for method, path, handler in table]

    async def health(self, _: Request) -> Response:
        return _json({"status": "ok"})

    async def settings(self, request: Request) -> Response:
        provider = self._stand(request).provider
        return _json({"settings": provider.settings(), **provider.population()})

    async def reset(self, request: Request) -> Response:
        stand, order = await self._order(request)
        stand.reset(order)
        return _json(stand.provider.population())

    async def advance(self, request: Request) -> Response:
        stand, order = await self._order(request)
        stand.clock.advance(read_advance(order) * SECOND)
        return _json(_time_of(stand))

    async def clock(self, request: Request) -> Response:
        return _json(_time_of(self._stand(request)))

    async def truth(self, request: Request) -> Response:
        """Exactly the objects that the API serves: the same bytes."""
        stand = self._stand(request)
        company_id, name = self._company(stand, request), str(request.path_params["collection"])
        if name not in stand.provider.collections:
            known = ", ".join(stand.provider.collections)
            raise NotThereError(f"there is no such collection; known are {known}")
        offset = whole_from_query(request.query_params, "offset", 0)
        limit = whole_from_query(request.query_params, "limit", None)
        body = stand.provider.truth(company_id, name, offset, limit)
        return Response(body, media_type="application/json")

    async def change(self, request: Request) -> Response:
        stand, order = await self._order(request)
        company_id = self._company(stand, request)
        done = stand.provider.change(company_id, read_change(order, stand.provider.collections))
        return _json({"changed": done.changed, "added": done.added, "removed": done.removed})

    async def add_fault(self, request: Request) -> Response:
        stand, body = await self._order(request)
        order = read_fault(body)
        fault = stand.faults.add(order.kind, order.match, order.times, order.details)
        return _json(fault.as_json(), 201)

    async def list_faults(self, request: Request) -> Response:
        return _json({"items": self._stand(request).faults.listed()})

    async def clear_faults(self, request: Request) -> Response:
        self._stand(request).faults.clear()
        return Response(status_code=204)

    async def ledger(self, request: Request) -> Response:
        """`since` is the index of the first call wanted, or a time; `next` is the index that comes next."""
        since = request.query_params.get("since", "0")
        stand = self._stand(request)
        if since.isascii() and since.isdigit() and len(since) < 20:
            items = stand.ledger.since_index(int(since))
        else:
            try:
                items = stand.ledger.since_instant(parse(since))
            except ValueError:
                raise InputError("since must be an ISO 8601 time or an index") from None
        counted = {"violations": stand.ledger.violations, "windows": stand.provider.windows()}
        return _json({"items": items, "next": stand.ledger.count, **counted})

    async def clear_ledger(self, request: Request) -> Response:
        self._stand(request).ledger.clear()
        return Response(status_code=204)

    async def _order(self, request: Request) -> tuple[Stand, Fields]:
        """The provider that the body names, else the query, and the rest of the body."""
        fields = Fields.parse(await request.body())
        named = fields.text("provider", None)
        return (self._find(named) if named else self._stand(request)), fields

    def _stand(self, request: Request) -> Stand:
        return self._find(request.query_params.get("provider", DEFAULT))

    def _find(self, name: str) -> Stand:
        stand = self._sandbox.stands.get(name)
        if stand is None:
            raise InputError(f"provider must be one of {', '.join(self._sandbox.stands)}")
        return stand

    def _company(self, stand: Stand, request: Request) -> str:
        company_id = str(request.path_params["company_id"])
        if not stand.provider.has_company(company_id):
            raise NotThereError("there is no such company")
        return company_id


def _time_of(stand: Stand) -> dict[str, object]:
    return {"provider": stand.id, "now": as_text(stand.clock()), "ahead_seconds": stand.clock.ahead / SECOND}
