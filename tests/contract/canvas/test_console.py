"""What a service refuses a change for has words at the console, where people fill in forms."""

from typing import Any

from koppel_console.pages.codes import CODES

_OF_A_FORM = ("409", "422")
_NEVER_BY_A_FORM = {"invalid_cursor"}
"""The console turns pages with the cursor that it was given."""


def test_every_code_that_a_change_is_refused_with_has_words_on_its_page(made_of: dict[str, Any]) -> None:
    document = made_of["openapi"]
    refused = {
        code
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method != "get"
        for status in _OF_A_FORM
        for code in codes_of(document, operation["responses"].get(status, {}))
    }
    assert "invalid_input" in refused
    assert sorted(refused - CODES.keys() - _NEVER_BY_A_FORM) == []


def codes_of(document: dict[str, Any], response: dict[str, Any]) -> set[str]:
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return set(response.get("content", {}).get("application/problem+json", {}).get("examples", {}))
