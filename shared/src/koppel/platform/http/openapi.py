"""What the OpenAPI document says beyond the routes: refusals with their codes, repeatable calls, for whom a call acts.

@router.get("/v1/rows/{row_id}", operation_id="get_row", responses=problems(row_not_found=404))

What every call may answer (a body that is too large, a token that does not hold) is added to each operation here.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header
from fastapi.openapi.utils import get_openapi

from koppel.platform.http import on_behalf
from koppel.platform.http.any_body import takes_any
from koppel.platform.http.idempotency import HEADER, LONGEST_KEY
from koppel.platform.http.problems import PROBLEM_JSON, Problem, problem_of

Document = dict[str, Any]

_ORGANISATION = {
    "name": on_behalf.HEADER,
    "in": "header",
    "required": False,
    "description": "The organisation that a service acts for; a service's token must name one, a person's need not.",
    "schema": {"type": "string", "format": "uuid"},
}
_OF_EVERY_CALL: Mapping[int, tuple[str, ...]] = {
    400: ("malformed_json",),
    404: ("route_not_found",),
    408: ("body_timeout",),
    413: ("body_too_large",),
    414: ("query_too_long",),
    415: ("unsupported_media_type",),
    422: ("invalid_input", "too_deep", "too_many_items"),
    431: ("headers_too_large",),
    500: ("internal_error",),
    503: ("database_unavailable",),
}
_OF_EVERY_BODY = frozenset(
    {
        "malformed_json",
        "body_timeout",
        "body_too_large",
        "unsupported_media_type",
        "too_deep",
        "too_many_items",
    }
)
"""Refusals that a route without bounds of a JSON body does not have."""
_OF_KNOWN_CALLERS: Mapping[int, tuple[str, ...]] = {
    401: ("unauthenticated",),
    403: ("forbidden", "organisation_mismatch", "organisation_required", "service_not_allowed"),
    503: ("jwks_unavailable",),
}
_MEANING = {
    400: "The request cannot be read.",
    401: "No bearer token, or one that does not hold.",
    403: "The caller is known and may not do this.",
    404: "No such thing, or another organisation's.",
    408: "The body did not arrive within 30 seconds.",
    409: "The state of things does not allow it now.",
    413: "The body is larger than 1 MiB.",
    414: "The query is longer than 8 KiB.",
    415: "The body is no JSON.",
    422: "The request breaks a rule; `errors` names each place.",
    429: "The caller has used up what it may ask for; `Retry-After` says in how many seconds there is more.",
    431: "There are more than 200 headers, or more than 32 KiB of them.",
    500: "Something went wrong on our side.",
    503: "Something that is needed is away; `Retry-After` says in how many seconds to try again.",
}
_OF_PARAMETERS = {"cursor": "invalid_cursor", HEADER: "idempotency_key_reused"}
_HEADERS: Mapping[int, Document] = {
    401: {"WWW-Authenticate": {"description": "How to show who calls.", "schema": {"type": "string"}}},
    **{
        status: {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        }
        for status in (429, 503)
    },
}
_SEPARATED_BY_COMMAS = {"style": "form", "explode": False}
_ANY_JSON = {"description": "Any JSON."}
_OF_FASTAPI = {"HTTPValidationError", "ValidationError"}
_CODES = "x-codes"


def problems(**statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the codes that it refuses with, each with its status."""
    codes: dict[int, list[str]] = {}
    for code, status in statuses.items():
        codes.setdefault(status, []).append(code)
    return {status: {"description": _MEANING[status], _CODES: each} for status, each in codes.items()}


async def _idempotency_key(
    _: Annotated[
        str | None,
        Header(
            alias=HEADER,
            min_length=1,
            max_length=LONGEST_KEY,
            pattern=r"^[ -~]*$",
            description="The same key with the same request gets the same answer for 48 hours; with another request 422.",
        ),
    ] = None,
) -> None:
    """Read by `idempotent`."""


HONOURS_IDEMPOTENCY_KEY = Depends(_idempotency_key)
"""Among the `dependencies` of each route that answers through `idempotent`."""


def complete_openapi(app: FastAPI) -> None:
    """Give the app its document."""

    def openapi() -> Document:
        if not app.openapi_schema:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> Document:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(schema.pop("$defs") | {"Problem": schema})
    refusals: Document = components.setdefault("responses", {})
    for path, item in document["paths"].items():
        for operation in item.values():
            if path.startswith("/v1/") and "security" in operation:
                operation.setdefault("parameters", []).append(_ORGANISATION)
            _say_what_it_does(operation)
            _say_what_it_refuses(operation, refusals)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _given_or_left_out(parameter["schema"])
                if parameter["in"] == "query" and parameter["schema"].get("type") == "array":
                    parameter.update(_SEPARATED_BY_COMMAS)
    components["schemas"] = {
        name: _ANY_JSON if name == "JsonValue" else schema
        for name, schema in components["schemas"].items()
        if name not in _OF_FASTAPI
    }
    return document


def _say_what_it_does(operation: Document) -> None:
    """The first sentence of a route's docstring is its summary, the rest its description."""
    summary, _, more = " ".join(operation.pop("description", "").split()).partition(". ")
    operation["summary"] = summary.rstrip(".")
    if more:
        operation["description"] = more


def _given_or_left_out(schema: Document) -> Document:
    """There is no null in a query or a header."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{name: each for name, each in schema.items() if name != "anyOf"}}


def _say_what_it_refuses(operation: Document, refusals: Document) -> None:
    answers = operation["responses"]
    codes: dict[int, list[str]] = {
        int(status): each.pop(_CODES) for status, each in answers.items() if _CODES in each
    }
    named = {each["name"] for each in operation.get("parameters", ())}
    of_parameters = [code for name, code in _OF_PARAMETERS.items() if name in named]
    secured = _OF_KNOWN_CALLERS if "security" in operation else {}
    passed_over = _OF_EVERY_BODY if takes_any(operation) else frozenset()
    for given in ({422: of_parameters}, secured, _OF_EVERY_CALL):
        for status, each in given.items():
            codes.setdefault(status, []).extend(code for code in each if code not in passed_over)
    for status, each in sorted((status, each) for status, each in codes.items() if each):
        own = [code for code in each if code not in _OF_EVERY_CALL.get(status, ())]
        name = f"Refused{status}{'_'.join(own).title().replace('_', '')}"
        refusals[name] = _refusal(status, each)
        answers[str(status)] = {"$ref": f"#/components/responses/{name}"}


def _refusal(status: int, codes: Sequence[str]) -> Document:
    told = ", ".join(f"`{code}`" for code in codes)
    examples = {
        code: {"value": problem_of(status, code, _MEANING[status]).model_dump(exclude_none=True)}
        for code in codes
    }
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}}
    refusal = {"description": f"{_MEANING[status]} Codes: {told}.", "content": content}
    return refusal | ({"headers": _HEADERS[status]} if status in _HEADERS else {})
