"""What a refusal must be: one that the document tells, and none for a shape that the document allows."""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.config import SchemathesisConfig

OF_SHAPE = {"malformed_json", "invalid_input", "invalid_cursor", "too_deep", "too_many_items"}
"""Codes that say the request is not as the document wants it. All others are rules about what there is."""
_RULES = {
    # Whether a rule or the shape refused is told by the code, which `refused_as_documented` reads.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", 400, 401, 403, 404, 409, 422, 503]},
    # What is too large for the bounds of every request is refused before anybody looks at its shape.
    "negative_data_rejection": {
        "expected-statuses": [400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 422, 431]
    },
}


@schemathesis.check
def refused_as_documented(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """The status and the code stand in the document, and a request of the right shape is not refused for its shape."""
    if response.status_code < 400 or response.status_code == 405:
        return
    code = response.json()["code"]
    told = _told(case, response.status_code)
    assert code in told, f"{response.status_code} {code} is not in the document, which has {sorted(told)}"
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    assert not (positive and code in OF_SHAPE), (
        f"{code} for a request of the right shape: {response.text[:500]}"
    )


def _told(case: Case[Any], status: int) -> set[str]:
    document: dict[str, Any] = case.operation.schema.raw_schema
    response = case.operation.definition.raw["responses"].get(str(status), {})
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return set(response.get("content", {}).get("application/problem+json", {}).get("examples", ()))


def config(
    headers: dict[str, str], *, seed: int, examples: int, thorough: bool, stateful: bool
) -> SchemathesisConfig:
    """Every check of the library and ours."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": headers,
            "continue-on-failure": True,
            "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
            "phases": {
                "coverage": {"enabled": thorough, "unexpected-methods": ["options"]},
                "stateful": {"enabled": stateful},
            },
            "checks": _RULES,
        }
    )
