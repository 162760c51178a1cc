"""The OpenAPI documents leave nothing undescribed, and say of each call what it does and how it is refused."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from koppel.contracts.values import ACTOR, AUDIT_ACTOR
from koppel.platform.http.any_body import MOST_BYTES

ROOT = Path(__file__).parents[3]
METHODS = {"get", "put", "post", "patch", "delete"}
OF_EVERY_CALL = {"400", "404", "408", "413", "414", "415", "422", "431", "500", "503"}
KEEPS_ANSWERS = {"idempotent", "login_answer"}
SUMMARY = re.compile(r"[A-Z][a-z]+ .{4,90}[^.]")


@pytest.fixture(scope="session")
def document(made_of: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = made_of["openapi"]
    return told


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> dict[str, Any]:
    """By method and path."""
    return {
        f"{method} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_every_schema_is_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_every_field_is_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    fields = {
        f"{name}.{field}": shape for name, schema in schemas.items() for field, shape in _fields(schema)
    }
    assert len(fields) > 50
    assert [name for name, shape in fields.items() if not shape.get("description")] == []


def test_a_field_that_may_be_null_says_what_null_means(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, shape in _fields(schema):
            if {"type": "null"} in shape.get("anyOf", ()):
                told = f"{shape['description']} {schema['description']}".lower()
                assert "null" in told or "left out" in told, f"{name}.{field}"


def test_who_did_it_says_how_that_is_spelled_and_how_it_is_elsewhere(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, shape in _fields(schema):
            if field.endswith("_by") and field != "act_by":  # an instant
                assert ACTOR in shape["description"], f"{name}.{field}"
            if field == "actor":
                assert AUDIT_ACTOR in shape["description"], f"{name}.{field}"


def test_every_parameter_is_described(operations: dict[str, Any]) -> None:
    undescribed = [
        f"{name} {parameter['name']}"
        for name, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert undescribed == []


def test_every_operation_has_an_id_of_its_own_and_says_what_it_does(operations: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(set(ids)) == len(ids)
    assert [each for each in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)*", each)] == []
    assert [o["summary"] for o in operations.values() if not SUMMARY.fullmatch(o["summary"])] == []


def test_no_two_operations_of_a_service_have_one_summary(operations: dict[str, Any]) -> None:
    summaries = [operation["summary"] for operation in operations.values()]
    assert len(set(summaries)) == len(summaries)


def test_every_body_has_an_example_that_its_schema_allows(
    document: dict[str, Any], operations: dict[str, Any]
) -> None:
    for name, operation in operations.items():
        if "requestBody" not in operation:
            continue
        if MOST_BYTES in operation:  # of another's form
            assert operation["requestBody"]["content"]["application/json"]["example"], name
            continue
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        reference = schema.get("$ref") or schema["anyOf"][0]["$ref"]
        examples = document["components"]["schemas"][reference.rpartition("/")[2]].get("examples")
        assert examples, name
        for example in examples:
            jsonschema.validate(example, {**document, "$ref": reference})


def test_every_example_of_a_schema_is_one(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            jsonschema.validate(example, {**document, "$ref": f"#/components/schemas/{name}"})


def test_every_refusal_stands_there_with_its_codes(
    document: dict[str, Any], operations: dict[str, Any]
) -> None:
    for name, operation in operations.items():
        of_every_call = OF_EVERY_CALL - ({"400", "408", "413", "415"} if MOST_BYTES in operation else set())
        assert operation["responses"].keys() >= of_every_call, name
        for status in operation["responses"]:
            if status.isdigit() and int(status) >= 400:
                assert _codes(document, operation, status), f"{name} {status}"


def test_what_the_readme_lists_stands_in_the_document(
    service_name: str, document: dict[str, Any], operations: dict[str, Any]
) -> None:
    told = {
        (status, code)
        for operation in operations.values()
        for status in operation["responses"]
        if status.isdigit() and int(status) >= 400
        for code in _codes(document, operation, status)
    }
    readme = (ROOT / "services" / service_name / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^## Errors\n(.*?)^## ", readme, re.MULTILINE | re.DOTALL)
    assert section
    listed = {
        (status, code)
        for codes, statuses in re.findall(r"^\| (`.+?) \| ([^|]*)", section[1], re.MULTILINE)
        for status in re.findall(r"\b[45]\d\d\b", statuses)
        for code in re.findall(r"`([^`]+)`", codes)
    }
    assert listed - told == set()


def test_a_code_in_the_document_is_one_of_the_code(
    document: dict[str, Any], operations: dict[str, Any]
) -> None:
    folders = [*(ROOT / "services").glob("*/src"), ROOT / "shared" / "src"]
    source = "\n".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    codes = {
        code
        for operation in operations.values()
        for status in operation["responses"]
        if status.isdigit() and int(status) >= 400
        for code in _codes(document, operation, status)
    }
    made = {code for code in codes if f'"{code}"' not in source}
    things = {code.removesuffix("_not_found") for code in made}
    assert {
        thing for thing in things if f'NotFound("{thing}"' not in source and "replay_" not in thing
    } == set()


def test_a_call_says_that_it_honours_an_idempotency_key_exactly_where_it_does(
    operations: dict[str, Any],
) -> None:
    honouring = set(_operations_that_keep_answers())
    told = {
        operation["operationId"]
        for operation in operations.values()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    }
    assert len(honouring) >= 7
    assert told == honouring & {operation["operationId"] for operation in operations.values()}


def _fields(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(schema.get("properties", {}).items())


def _codes(document: dict[str, Any], operation: dict[str, Any], status: str) -> list[str]:
    response = operation["responses"][status]
    name = response["$ref"].rpartition("/")[2]
    content = document["components"]["responses"][name]["content"]["application/problem+json"]
    return list(content["examples"])


def _operations_that_keep_answers() -> Iterator[str]:
    routes = [
        *(ROOT / "services").rglob("entrypoints/http/*.py"),
        *(ROOT / "shared/src").rglob("operations/*.py"),
    ]
    for path in routes:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.AsyncFunctionDef) and KEEPS_ANSWERS & set(_called(function)):
                yield from _operation_id(function)


def _called(function: ast.AsyncFunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _operation_id(function: ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "operation_id" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)
