"""Whatever shape a service refuses a field for has words at the console: the types are those that pydantic finds."""

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue, ValidationError

from koppel.platform.http import RequestModel
from koppel_console.pages.codes import CODES
from koppel_console.pages.field_codes import FIELD_CODES

ROOT = Path(__file__).parents[3]
SERVICES = ("connection_svc", "import_svc", "assignment_svc", "sync_svc")
PACKAGES = (
    "koppel.platform.operations",
    "koppel.platform.replay",
    *(f"{each}.entrypoints.http" for each in SERVICES),
)
WRONG: tuple[JsonValue, ...] = (
    None, "", " ", "no such", "12", "9" * 5_000, "x" * 10_001, "2026-99-01", "2026-01-01", "2026-01-01T00:00:00",
    0, -1, 10**12, 10**30, 1.5, True, [], [None], ["x"] * 10_001, {}, {"x": 1},
)  # fmt: skip


def bodies() -> Iterator[type[RequestModel]]:
    """Every model of a body that a service or its operators' routes read."""
    for package in map(importlib.import_module, PACKAGES):
        for each in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{each.name}")
            for found in vars(module).values():
                if isinstance(found, type) and issubclass(found, RequestModel) and found is not RequestModel:
                    yield found


BODIES = sorted(set(bodies()), key=lambda body: f"{body.__module__}.{body.__name__}")


def refusals(body: type[RequestModel], sent: JsonValue) -> set[str]:
    """As FastAPI checks it: of JSON that was read already."""
    try:
        body.model_validate(json.loads(json.dumps(sent)))
    except ValidationError as error:
        return {each["type"] for each in error.errors(include_input=False, include_url=False)}
    return set()


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_every_type_of_error_that_a_body_can_have_has_words(body: type[RequestModel]) -> None:
    names = [field.alias or name for name, field in body.model_fields.items()]
    wrong: list[JsonValue] = [None, [], {}, {"unheard_of": 1}]
    wrong += [{name: value} for name in names for value in WRONG]
    found = set().union(*(refusals(body, each) for each in wrong))
    assert "extra_forbidden" in found
    assert sorted(found - FIELD_CODES.keys()) == []


def test_the_bodies_of_the_forms_are_among_them() -> None:
    names = {body.__name__ for body in BODIES}
    assert {
        "CreateConnection",
        "PutUser",
        "PutEntry",
        "MakePlan",
        "Profiles",
        "ChangePolicy",
        "Decision",
    } < names


def own_codes(source: str) -> Iterator[str]:
    """The third argument of each `FieldError`, where it is written out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FieldError":
            for code in node.args[2:3]:
                if isinstance(code, ast.Constant):
                    yield str(code.value)


def test_every_code_that_services_give_a_field_themselves_has_words() -> None:
    sources = [*ROOT.glob("shared/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    texts = (path.read_text(encoding="utf-8") for path in sources)
    found = {code for text in texts if "FieldError(" in text for code in own_codes(text)}
    assert "range_reversed" in found
    assert sorted(found - FIELD_CODES.keys() - CODES.keys()) == []
