"""RFC 9457 problems: every refusal has a stable `code`, and none repeats what the caller sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from koppel.kernel.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InvalidInput,
    KoppelError,
    NotFound,
    Permanent,
    QuotaExceeded,
    Transient,
    Unauthenticated,
)

PROBLEM_JSON = "application/problem+json"

_STATUS: tuple[tuple[type[KoppelError], int], ...] = (
    (QuotaExceeded, 429),
    (Transient, 503),
    (InvalidInput, 422),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Permanent, 400),
)
_RETRY_AFTER_SECONDS = 5


class ProblemField(BaseModel):
    """One bad field: a JSON pointer into the body, or `query/<name>`, `path/<name>`, `header/<name>`."""

    pointer: str = Field(description="Which field it is about, empty for the whole body.")
    message: str = Field(description="What is wrong with it, in English.")
    code: str = Field(
        description="What is wrong with it, for a program, such as `string_too_long`; else the code of the whole refusal."
    )
    limit: int | float | None = Field(
        default=None, description="The bound that it broke, left out where there is none."
    )


class Problem(BaseModel):
    """What every error answer looks like."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`urn:koppel:problem:` and the code.")
    title: str = Field(description="The code in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, in English, for a person.")
    code: str = Field(description="What happened, for a program: stable, snake_case.")
    errors: list[ProblemField] | None = Field(
        default=None, description="The bad fields, at most 1,000; left out where the refusal is of no field."
    )


def problem_of(status: int, code: str, detail: str, errors: Sequence[FieldError] = ()) -> Problem:
    """A problem of type `urn:koppel:problem:<code>`."""
    return Problem(
        type=f"urn:koppel:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        errors=[_field(error, code) for error in errors] or None,
    )


def _field(error: FieldError, code: str) -> ProblemField:
    return ProblemField(
        pointer=error.pointer, message=error.message, code=error.code or code, limit=error.limit
    )


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    **extensions: str,
) -> Response:
    """A problem as an answer."""
    problem = problem_of(status, code, detail, errors).model_copy(update=extensions)
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers={"Cache-Control": "no-store"} | dict(headers or {}),
    )


def status_of(error: KoppelError) -> int:
    """The HTTP status of an error of the tree; 500 for one outside its branches."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def from_error(error: KoppelError) -> Response:
    """The problem of an error that was raised on purpose."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, Transient):
        wait = error.retry_after if error.retry_after is not None else _RETRY_AFTER_SECONDS
        headers["Retry-After"] = str(max(1, round(wait)))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="koppel"'
    errors = error.errors if isinstance(error, InvalidInput | Conflict) else ()
    return problem_response(status, error.code, error.detail, errors=errors, headers=headers)
