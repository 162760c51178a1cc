"""`/_sandbox`: how a test or a demo sets the world up, looks behind it, and makes things go wrong."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from koppel_sandbox.books.catalogue import KINDS
from koppel_sandbox.instants import parse
from koppel_sandbox.provider import Provider
from koppel_sandbox.web.control_bodies import read_change, read_fault, read_settings
from koppel_sandbox.web.control_input import Fields, InputError, whole_from_query

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
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        company = "/_sandbox/companies/{company_id}"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/_sandbox/health", self.health),
            ("GET", "/_sandbox/settings", self.settings),
            ("POST", "/_sandbox/reset", self.reset),
            ("POST", company + "/changes", self.change),
            ("GET", company + "/{collection}", self.truth),
            ("POST", "/_sandbox/faults", self.add_fault),
            ("GET", "/_sandbox/faults", self.list_faults),
            ("DELETE", "/_sandbox/faults", self.clear_faults),
            ("GET", "/_sandbox/ledger", self.ledger),
            ("DELETE", "/_sandbox/ledger", self.clear_ledger),
        ]
        return [Route(path, _guarded(handler), methods=[method]) for method, path, handler in table]

    async def health(self, _: Request) -> Response:
        return _json({"status": "ok"})

    async def settings(self, _: Request) -> Response:
        settings = self._provider.settings.as_json()
        settings["clients"] = [client.client_id for client in self._provider.settings.clients]
        return _json({"settings": settings, **self._population()})

    async def reset(self, request: Request) -> Response:
        fields = Fields.parse(await request.body())
        self._provider.reset(read_settings(fields, self._provider.started_with))
        return _json(self._population())

    async def truth(self, request: Request) -> Response:
        """Exactly the objects that the API serves: the same bytes."""
        collection = self._provider.world.collection(self._company(request), self._collection(request))
        offset = whole_from_query(request.query_params, "offset", 0)
        limit = whole_from_query(request.query_params, "limit", None)
        stop = None if limit is None else offset + limit
        items = collection.joined(collection.indexes[offset:stop])
        body = b"".join((b'{"items":[', items, b'],"total":', str(len(collection)).encode(), b"}"))
        return Response(body, media_type="application/json")

    async def change(self, request: Request) -> Response:
        company_id = self._company(request)
        order = read_change(Fields.parse(await request.body()))
        try:
            plan = self._provider.world.plan(
                company_id, order.collection, change=order.change, add=order.add, remove=order.remove
            )
        except ValueError as error:
            raise InputError(str(error)) from None
        done = self._provider.alter(plan)
        return _json({"changed": done.changed, "added": done.added, "removed": done.removed})

    async def add_fault(self, request: Request) -> Response:
        order = read_fault(Fields.parse(await request.body()))
        fault = self._provider.faults.add(order.kind, order.match, order.times, order.details)
        return _json(fault.as_json(), 201)

    async def list_faults(self, _: Request) -> Response:
        return _json({"items": self._provider.faults.listed()})

    async def clear_faults(self, _: Request) -> Response:
        self._provider.faults.clear()
        return Response(status_code=204)

    async def ledger(self, request: Request) -> Response:
        """`since` is the index of the first call wanted, or a time; `next` is the index that comes next."""
        since = request.query_params.get("since", "0")
        ledger = self._provider.ledger
        if since.isascii() and since.isdigit() and len(since) < 20:
            items = ledger.since_index(int(since))
        else:
            try:
                items = ledger.since_instant(parse(since))
            except ValueError:
                raise InputError("since must be an ISO 8601 time or an index") from None
        return _json({"items": items, "next": ledger.count})

    async def clear_ledger(self, _: Request) -> Response:
        self._provider.ledger.clear()
        return Response(status_code=204)

    def _company(self, request: Request) -> str:
        company_id = str(request.path_params["company_id"])
        if not self._provider.world.has_company(company_id):
            raise NotThereError("there is no such company")
        return company_id

    def _collection(self, request: Request) -> str:
        name = str(request.path_params["collection"])
        if name not in KINDS:
            raise NotThereError(f"there is no such collection; known are {', '.join(KINDS)}")
        return name

    def _population(self) -> dict[str, object]:
        world = self._provider.world
        return {
            "companies": [world.describe(company_id) for company_id in world.company_ids],
            "users": [
                {"username": user.username, "password": user.password, "company_ids": user.company_ids,
                 "default_company_id": user.default_company_id}
                for user in world.users.values()
            ],
        }  # fmt: skip
