"""The HTTP calls of the services: who calls, and what goes wrong in one line."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx

from koppel_cli import http_call
from koppel_cli.credentials import operator_token
from koppel_cli.failure import CommandFailed
from koppel_cli.output import understood
from koppel_cli.places import SERVICES, addresses, variable_of

Json = dict[str, Any]
"""An answer; its shape is the contract of the service that gave it."""
Query = Mapping[str, str | int | None]

_NOT_FOUND = 404
_ACT_SECONDS = 120.0
_LOOK_SECONDS = 15.0
"""Of each page that is read: it is small, and a service that hangs or trickles should not hold up a list for long."""
_HINTS = {
    401: "`koppel login` again, or set KOPPEL_TOKEN to a token that the services accept.",
    403: "That needs another right, role or person; `koppel profiles` says who is logged in.",
    404: "Look at the list: somebody else may have dealt with it.",
    409: "Look again at how it stands now.",
    422: "`--help` says what may be given.",
}


class Refused(CommandFailed):
    """A service answered something else than success; `status` is its HTTP status."""

    def __init__(self, service: str, status: int, code: str, detail: str) -> None:
        hint = _HINTS.get(status, f"`koppel logs {service}` may say more.")
        super().__init__(code, f"{service} answered {status} {code}: {detail}", hint=hint)
        self.status = status


class ServiceCalls:
    """One service, called as the operator. Raises `Refused`, and `CommandFailed` when nobody answers.

    `patience`: seconds until the whole answer of a read must be there; 15 where none are given.
    """

    def __init__(self, name: str, url: str, token: str, *, patience: float | None = None) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._authorization = f"Bearer {token}"
        self._patience = patience or _LOOK_SECONDS

    def get(self, path: str, query: Query | None = None) -> Json:
        return self._call("GET", path, query=query)

    def get_or_none(self, path: str, query: Query | None = None) -> Json | None:
        """None where the service does not know it."""
        try:
            return self.get(path, query)
        except Refused as refused:
            if refused.status == _NOT_FOUND:
                return None
            raise

    def post(self, path: str, body: Json | None = None, *, headers: Mapping[str, str] | None = None) -> Json:
        return self._call("POST", path, body=body, headers=headers)

    def put(self, path: str, body: Json) -> Json:
        return self._call("PUT", path, body=body)

    def patch(self, path: str, body: Json) -> Json:
        return self._call("PATCH", path, body=body)

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def create(self, path: str, body: Json | None = None) -> Json:
        """A POST that makes something, with an `Idempotency-Key` of its own."""
        return self._call("POST", path, body=body, headers={"Idempotency-Key": str(uuid4())})

    def items(self, path: str, query: Query | None = None) -> Iterator[Json]:
        """Every item of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, {**(query or {}), "cursor": cursor, "limit": 200})
            with understood():
                items, cursor = [dict_of(item) for item in page["items"]], page["next_cursor"]
            yield from items
            if cursor is None:
                return

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        params = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            answer = http_call.request(
                method,
                f"{self._url}{path}",
                params=params,
                json=body,
                headers={**(headers or {}), "Authorization": self._authorization},
                within=self._patience if method == "GET" else _ACT_SECONDS,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = f"{self.name} does not answer at {self._url} ({type(error).__name__})."
            hint = f"`koppel status` says what runs; `{variable_of(self.name)}` names another address."
            raise CommandFailed("service_away", detail, hint=hint) from error
        if not answer.is_success:
            raise _refused(self.name, answer)
        return _content(self.name, answer)


def services(only: str | None = None, *, token: str | None = None) -> list[ServiceCalls]:
    """The services to ask, those with an address or `only` that one; as the operator, unless another `token` is given.

    Raises `CommandFailed` when there is none.
    """
    if only is not None and only not in SERVICES:
        detail = f"There is no service {only}."
        raise CommandFailed("unknown_service", detail, hint=f"One of {', '.join(SERVICES)}.")
    chosen = {name: url for name, url in addresses().items() if url and only in (None, name)}
    if not chosen:
        detail = f"Nobody knows where {only or 'the services'} can be reached."
        hint = f"Run `make up`, or set {variable_of(only or 'sync-svc')}."
        raise CommandFailed("no_service", detail, hint=hint)
    bearer = token or operator_token()
    return [ServiceCalls(name, url, bearer) for name, url in chosen.items()]


class _Answer(Json):
    """A field that is missing is the fault of who answered, wherever it is read."""

    def __missing__(self, field: str) -> object:
        detail = f"The answer has another shape than this koppel knows: {field} is missing."
        raise CommandFailed("unexpected_answer", detail, hint="Is koppel as new as the services?")


def dict_of(item: object) -> Json:
    """An item that is an object. Raises `TypeError`."""
    if isinstance(item, dict):
        return item
    raise TypeError(f"an item is {type(item).__name__}")


def _content(service: str, answer: httpx.Response) -> Json:
    try:
        content = answer.json(object_hook=_Answer) if answer.content else {}
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content
    detail = f"{service} answered something that is no JSON object."
    hint = f"Is {variable_of(service)} the address of {service}?"
    raise CommandFailed("unexpected_answer", detail, hint=hint)


def _refused(service: str, answer: httpx.Response) -> Refused:
    try:
        problem = answer.json()
        places = "".join(f"; {each['pointer']}: {each['message']}" for each in problem.get("errors") or ())
        return Refused(service, answer.status_code, problem["code"], f"{problem['detail']}{places}")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refused(service, answer.status_code, "unexpected_answer", answer.text[:200])
