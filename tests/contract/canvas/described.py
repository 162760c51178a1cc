"""Runs a service's composition root without starting it and prints what it is made of, as JSON.

    python described.py import_svc /some/empty/folder

A process of its own: a service sets up telemetry and reads its environment, which a test run must not.
"""

import ast
import asyncio
import base64
import json
import os
import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from fastapi import APIRouter, FastAPI
from pydantic_settings import BaseSettings

from koppel.kernel import errors
from koppel.platform.consumer import Subscriptions
from koppel.platform.runner import Part
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, ServiceSettings
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.configuration import PREFIX

METHODS = {"get", "put", "post", "patch", "delete"}
ERRORS = {name for name in vars(errors) if isinstance(vars(errors)[name], type)} - {"FieldError"}


def main(package: str, folder: Path) -> None:
    settings = _settings_class(package)
    os.environ |= _environment(KoppelSettings, folder) | _environment(settings, folder)
    os.environ["KOPPEL_JWKS_FILE"] = str(_file(folder, "KOPPEL_JWKS_FILE", '{"keys": []}'))
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        os.environ[f"{PREFIX}{next(iter(PROVIDERS)).upper()}_{name}"] = "given"
    seen = _Seen()
    seen.watch()
    asyncio.run(import_module(f"{package}.main").run())
    print(
        json.dumps(
            {
                "operations": seen.operations(),
                "operation_ids": seen.operation_ids(),
                "openapi": seen.apps[-1].openapi(),
                "asyncapi": seen.asyncapi,
                "reads": seen.reads,
                "jobs": seen.jobs,
                "settings": _own(settings),
                "required": _required(settings),
                "codes": sorted(_codes(Path(str(import_module(package).__file__)).parent)),
            }
        )
    )


class _Seen:
    """What the composition root asked of `Service`."""

    def __init__(self) -> None:
        self.apps: list[FastAPI] = []
        self.reads: list[str] = []
        self.jobs: list[str] = []
        self.asyncapi: Any = None

    def watch(self) -> None:
        real, really_consume = Service.http, Service.consume

        def http(service: Service, routers: list[APIRouter], **named: Any) -> FastAPI:
            self.apps.append(real(service, routers, **named))
            self.asyncapi = named["asyncapi"]() if named.get("asyncapi") else None
            return self.apps[-1]

        def consume(service: Service, subscriptions: Subscriptions, **named: Any) -> None:
            really_consume(service, subscriptions, **named)
            self.reads += sorted(each.event.__name__ for each in subscriptions._by_type.values())

        def every(service: Service, name: str, interval: timedelta, job: Any) -> None:
            self.jobs.append(name)

        def background(service: Service, part: Part) -> None:
            self.jobs.append(part.name)

        async def run(service: Service) -> int:
            return 0

        for replacement in (http, consume, every, background, run):
            setattr(Service, replacement.__name__, replacement)

    def operations(self) -> list[str]:
        return sorted(self.operation_ids())

    def operation_ids(self) -> dict[str, str]:
        """Of each call, what a service's table of access names it."""
        return {
            f"{method.upper()} {path}": operation["operationId"]
            for app in self.apps
            for path, item in app.openapi()["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }


def _settings_class(package: str) -> type[ServiceSettings]:
    module = import_module(f"{package}.settings")
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ServiceSettings) and each is not ServiceSettings
    ]
    assert len(found) == 1, found
    return found[0]


def _prefix(settings: type[BaseSettings]) -> str:
    return settings.model_config.get("env_prefix", "").upper()


def _own(settings: type[ServiceSettings]) -> list[str]:
    return sorted(
        _prefix(settings) + name.upper()
        for name in settings.model_fields
        if name not in ServiceSettings.model_fields
    )


def _required(settings: type[ServiceSettings]) -> list[str]:
    return sorted(
        _prefix(settings) + name.upper()
        for name, field in settings.model_fields.items()
        if field.is_required()
    )


def _environment(settings: type[BaseSettings], folder: Path) -> dict[str, str]:
    """Something believable for each required variable and for each file."""
    values = {}
    for name, field in settings.model_fields.items():
        variable = _prefix(settings) + name.upper()
        if name.endswith("_ca_file") or (name.startswith("kafka_") and not field.is_required()):
            continue  # the system's own are believable enough, and a broker in plaintext
        is_path = field.annotation is Path or Path in get_args(field.annotation)
        if is_path:
            key = base64.b64encode(bytes(range(32))).decode()
            values[variable] = str(_file(folder, variable, key))
        elif not field.is_required():
            continue
        elif name == "database_url":
            values[variable] = "postgresql://app:app@127.0.0.1:1/koppel"
        elif name.endswith("_url"):
            values[variable] = "http://127.0.0.1:1"
        elif name.endswith("_servers"):
            values[variable] = "127.0.0.1:1"
        else:
            values[variable] = "given"
    return values


def _file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return path


def _codes(folder: Path) -> set[str]:
    """Codes that the service gives to errors of the kernel's tree, and to its own subclasses of them."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    known = set(ERRORS)
    while (
        grown := {
            node.name
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and {_name(base) for base in node.bases} & known
        }
        - known
    ):
        known |= grown
    return {code for tree in trees for code in _codes_of(tree, known)}


def _codes_of(tree: ast.Module, known: set[str]) -> set[str]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    initialisers = {
        id(call)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in known
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and _is_super_init(call)
    }
    found = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and (_name(node.func) in known or id(node) in initialisers)):
            continue
        named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        argument = next(iter(named or node.args), None)
        value = constants.get(argument.id) if isinstance(argument, ast.Name) else None
        value = argument.value if isinstance(argument, ast.Constant) else value
        if isinstance(value, str) and value.isidentifier():
            found.add(value if named or _name(node.func) != "NotFound" else f"{value}_not_found")
    return found


def _is_super_init(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "__init__"
        and isinstance(call.func.value, ast.Call)
        and _name(call.func.value.func) == "super"
    )


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
