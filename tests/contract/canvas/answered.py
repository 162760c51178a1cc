"""Answers made of a service's OpenAPI document, whole or with all that may be missing missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

Fill = Literal["whole", "sparse"]
ID = "0198c0de-0000-7000-8000-000000000003"
_BY_FORMAT = {"uuid": ID, "date-time": "2026-11-24T12:00:00Z"}
_LONG = "Bakkerij 't Hoekje en Zonen Holding Nederland Beheer B.V. te 's-Hertogenbosch"


@dataclass(frozen=True, slots=True)
class Call:
    """One that the command line made, as the document names it."""

    method: str
    path: str


class Answering:
    """In place of one service's HTTP: refuses what its document does not know, and answers as that says."""

    def __init__(self, document: Mapping[str, Any], fill: Fill) -> None:
        self.calls: set[Call] = set()
        self._document = document
        self._fill = fill

    def request(self, method: str, url: str, **given: Any) -> httpx.Response:
        path, operation = self._operation(method, urlsplit(url).path)
        known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        assert set(given.get("params") or ()) <= known | {"cursor", "limit"}, (method, path)
        if (body := given.get("json")) is not None:
            self._check(body, operation["requestBody"]["content"]["application/json"]["schema"])
        self.calls.add(Call(method, path))
        [(status, answer)] = [
            (code, told) for code, told in operation["responses"].items() if code.startswith("2")
        ]
        content = answer.get("content", {}).get("application/json")
        made = None if content is None else self._made(content["schema"])
        if isinstance(made, dict) and "next_cursor" in made:
            made["next_cursor"] = None
        return httpx.Response(int(status), json=made) if made is not None else httpx.Response(int(status))

    def _operation(self, method: str, asked: str) -> tuple[str, Any]:
        for path, operations in self._document["paths"].items():
            parts, words = path.split("/"), asked.split("/")
            same = len(parts) == len(words) and all(
                part.startswith("{") or part == word for part, word in zip(parts, words, strict=True)
            )
            if same and method.lower() in operations:
                return path, operations[method.lower()]
        raise AssertionError(f"there is no {method} {asked}")

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _check(self, body: object, schema: Mapping[str, Any]) -> None:
        """Fields are known, and none that is needed is missing."""
        choices = [self._resolved(each) for each in schema.get("anyOf", [schema])]
        shape = next((each for each in choices if "properties" in each), None)
        if shape is None or not isinstance(body, dict):
            return
        assert set(body) <= set(shape["properties"]), shape.get("title")
        assert set(shape.get("required", ())) <= set(body), shape.get("title")
        for name, value in body.items():
            self._check(value, shape["properties"][name])

    def _made(self, schema: Mapping[str, Any], name: str = "") -> Any:
        schema = self._resolved(schema)
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return self._chosen(choices, name)
        if "enum" in schema:
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        if schema.get("type") == "array":
            empty = self._fill == "sparse" and name != "items"
            return [] if empty else [self._made(schema.get("items", {}))] * 2
        if "properties" in schema:
            return {each: self._made(inner, each) for each, inner in schema["properties"].items()}
        return self._plain(schema)

    def _chosen(self, choices: list[Mapping[str, Any]], name: str) -> Any:
        if self._fill == "sparse" and {"type": "null"} in choices:
            return None
        return self._made(next(each for each in choices if each.get("type") != "null"), name)

    def _plain(self, schema: Mapping[str, Any]) -> Any:
        plain = {"integer": 1_234_567, "number": 12.5, "boolean": True, "object": {}}
        found = plain.get(schema.get("type", "object"))
        return (
            _BY_FORMAT.get(schema.get("format") or schema.get("x-format", ""), _LONG)
            if found is None
            else found
        )
