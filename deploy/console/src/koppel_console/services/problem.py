"""Why something did not work, from a service's RFC 9457 problem or from its silence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

_LONGEST = 500
_MOST_ERRORS = 2000
_LARGEST_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One refused field: `pointer` is a JSON pointer into what was sent, `limit` the bound that it broke."""

    pointer: str
    message: str
    code: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`status` 0: no answer that can be used came. `correlation_id` finds the call in the service's logs."""

    service: str
    status: int
    code: str
    detail: str
    correlation_id: str
    who_must_act: str | None = None
    errors: tuple[FieldProblem, ...] = field(default=())

    @property
    def is_silence(self) -> bool:
        """Nobody could say anything: worth another try."""
        return self.status == 0 or self.status >= 500

    @property
    def page_status(self) -> int:
        """Of the page that shows it. A form that comes back with what is wrong in it is a step like any other: 200."""
        if self.status == httpx.codes.UNPROCESSABLE_ENTITY:
            return 200
        return 503 if self.is_silence else self.status

    @property
    def is_forbidden(self) -> bool:
        return self.status == httpx.codes.FORBIDDEN

    @property
    def is_not_found(self) -> bool:
        return self.status == httpx.codes.NOT_FOUND


def problem_of(service: str, answer: httpx.Response, correlation_id: str) -> Problem:
    """From an answer that is no success; of a body that is no problem only the status is told."""
    body = _object(answer)
    return Problem(
        service=service,
        status=answer.status_code,
        code=_text(body, "code") or f"http_{answer.status_code}",
        detail=_text(body, "detail"),
        correlation_id=correlation_id,
        who_must_act=_text(body, "who_must_act") or None,
        errors=tuple(_fields(body.get("errors"))),
    )


def silence(service: str, code: str, correlation_id: str) -> Problem:
    """`service_slow`, `service_away` or `answer_garbled`."""
    return Problem(service=service, status=0, code=code, detail="", correlation_id=correlation_id)


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _number(body: Mapping[str, Any], name: str) -> int | None:
    value = body.get(name)
    return value if type(value) is int and abs(value) < _LARGEST_LIMIT else None


def _fields(errors: object) -> list[FieldProblem]:
    if not isinstance(errors, list):
        return []
    return [
        FieldProblem(
            _text(each, "pointer"), _text(each, "message"), _text(each, "code"), _number(each, "limit")
        )
        for each in errors[:_MOST_ERRORS]
        if isinstance(each, dict)
    ]
