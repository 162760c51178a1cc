"""The operators' HTTP calls of the services: where they are, who calls, and what goes wrong in one line."""

import getpass
import os
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import httpx

from koppel_identity.claims import OPERATOR_RIGHTS, operator_id
from koppel_local.failure import SetupFailed
from koppel_local.stack.layout import SERVICES
from koppel_local.stack.stack import Stack

Json = dict[str, Any]
"""An answer; its shape is the contract of the service that gave it."""
Query = Mapping[str, str | int | None]

_NOT_FOUND = 404
_TIMEOUT = httpx.Timeout(120.0, connect=5.0)
_LOOK_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
"""Of reads: pages are small, and a service that hangs should not hold up a list for long."""
_HINTS = {
    401: "Set KOPPEL_TOKEN to a token that the services accept; `koppel token --help` says how to make a local one.",
    403: "That needs another right; ask for a token with the operator rights.",
    404: "Look at `koppel parked list`: somebody else may have dealt with it.",
    409: "Look again at how it stands now.",
    422: "`--help` says what may be given.",
}


class Refused(SetupFailed):
    """A service answered something else than success; `status` is its HTTP status."""

    def __init__(self, service: str, status: int, code: str, detail: str) -> None:
        hint = _HINTS.get(status, f"`koppel logs {service}` may say more.")
        super().__init__(code, f"{service} answered {status} {code}: {detail}", hint=hint)
        self.status = status


class ServiceCalls:
    """One service, called as the operator. Raises `Refused`, and `SetupFailed` when nobody answers."""

    def __init__(self, name: str, url: str, token: str, *, patience: httpx.Timeout = _LOOK_TIMEOUT) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._authorization = f"Bearer {token}"
        self._patience = patience

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

    def items(self, path: str, query: Query | None = None) -> Iterator[Json]:
        """Every item of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, {**(query or {}), "cursor": cursor, "limit": 200})
            yield from page["items"]
            if (cursor := page["next_cursor"]) is None:
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
            answer = httpx.request(
                method,
                f"{self._url}{path}",
                params=params,
                json=body,
                headers={**(headers or {}), "Authorization": self._authorization},
                timeout=self._patience if method == "GET" else _TIMEOUT,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            detail = f"{self.name} does not answer at {self._url} ({type(error).__name__})."
            hint = f"`koppel status` says what runs; `{variable_of(self.name)}` names another address."
            raise SetupFailed("service_away", detail, hint=hint) from error
        if not answer.is_success:
            raise _refused(self.name, answer)
        content: Json = answer.json() if answer.content else {}
        return content


def variable_of(service: str) -> str:
    """The environment variable that names a service's address."""
    return f"KOPPEL_{service.upper().replace('-', '_')}_URL"


def services(only: str | None = None) -> list[ServiceCalls]:
    """The services to ask, by `KOPPEL_<NAME>_URL` or as `make up` left them: those with an address, or `only` that one.

    Raises `SetupFailed` when there is none.
    """
    stack = Stack()
    started = stack.service_urls()
    places = {part.name: os.environ.get(variable_of(part.name)) or started[part.name] for part in SERVICES}
    if only is not None and only not in places:
        raise SetupFailed(
            "unknown_service", f"There is no service {only}.", hint=f"One of {', '.join(places)}."
        )
    chosen = {name: url for name, url in places.items() if url and only in (None, name)}
    if not chosen:
        detail = f"Nobody knows where {only or 'the services'} can be reached."
        raise SetupFailed(
            "no_service", detail, hint=f"Run `make up`, or set {variable_of(only or 'sync-svc')}."
        )
    token = _token(stack)
    return [ServiceCalls(name, url, token) for name, url in chosen.items()]


def _token(stack: Stack) -> str:
    """`KOPPEL_TOKEN`, else one of the local issuer for the person at this terminal."""
    return os.environ.get("KOPPEL_TOKEN") or local_token(stack)


def local_token(stack: Stack) -> str:
    """Of the local issuer, with the operators' rights. Raises `SetupFailed` where `make up` never ran."""
    person = _whoever_types()
    return stack.issuer.person_token(
        user=person, organisation=person, roles=[], rights=OPERATOR_RIGHTS, seconds=300
    )


def _whoever_types() -> UUID:
    """The same id each time, so that the audit trail tells people apart."""
    return operator_id(getpass.getuser())


def _refused(service: str, answer: httpx.Response) -> Refused:
    try:
        problem = answer.json()
        places = "".join(f"; {each['pointer']}: {each['message']}" for each in problem.get("errors") or ())
        return Refused(service, answer.status_code, problem["code"], f"{problem['detail']}{places}")
    except (ValueError, KeyError, TypeError):
        return Refused(service, answer.status_code, "unexpected_answer", answer.text[:200])
