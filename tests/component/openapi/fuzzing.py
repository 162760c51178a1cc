"""Calls one service in every way that its OpenAPI document tells and forbids; prints what disagrees, as JSON.

    python -m tests.component.openapi.fuzzing '{"service": "import-svc", "dsn": "postgresql://…", "seed": 1, "examples": 0}'

`examples`: of each operation and caller; 0 is the short run of `make test`.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.engine import events, from_schema
from tests.component.openapi.checks import config
from tests.component.openapi.served import SERVICE_CALLER, Served

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.testing.tokens import TokenIssuer

SHARED_BY_ALL = "assignment-svc"
"""The short run calls `/ops/v1` at this service only, as an operator: the same code answers at the others."""


def callers(issuer: TokenIssuer) -> dict[str, dict[str, str]]:
    """Headers of everybody who may call."""
    organisation = new_id()
    rights = ("operator", "replay", "preview", "payload")

    def person(*roles: Role, rights: tuple[str, ...] = ()) -> dict[str, str]:
        return {"Authorization": f"Bearer {issuer.person(*roles, organisation=organisation, rights=rights)}"}

    return {
        "operator": person(Role.BEHEERDER, rights=rights),
        "anonymous": {},
        "beheerder": person(Role.BEHEERDER),
        "reader": person(Role.REVIEWER),
        "service": {
            "Authorization": f"Bearer {issuer.service(SERVICE_CALLER)}",
            "Koppel-Organisation": str(organisation),
        },
    }


def disagreements(schema: Any) -> Iterator[dict[str, object]]:
    """What no answer should have been, and what the library could not do; the number of calls comes last."""
    calls = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            yield {"operation": event.label, "message": str(event.value)}
        elif isinstance(event, events.FatalError):
            yield {"operation": "", "message": str(event.exception)}
        elif isinstance(event, events.ScenarioFinished):
            calls += len(event.recorder.interactions)
            yield from _failures(event)
    yield {"calls": calls}


def _failures(event: events.ScenarioFinished) -> Iterator[dict[str, object]]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info
                yield {
                    "operation": event.recorder.label,
                    "check": check.name,
                    "message": failure.failure.message[:1_000],
                    "call": failure.code_sample[:2_000],
                }


def _parts(service: str, caller: str, examples: int) -> Iterator[tuple[str, bool]]:
    """Which paths, and whether each is tried at the bounds of all its parameters."""
    if examples:
        yield "^/", True
        return
    yield "^/(v1|internal)/", caller == "operator"
    if service == SHARED_BY_ALL and caller == "operator":
        yield "^/ops/", False


def main(service: str, dsn: str, seed: int, examples: int) -> None:
    logging.disable(logging.CRITICAL)
    issuer = TokenIssuer()
    found: list[dict[str, object]] = []
    calls = 0
    with tempfile.TemporaryDirectory() as folder:
        app = Served(service, dsn, issuer, Path(folder))
        for caller, headers in callers(issuer).items():
            for part, thorough in _parts(service, caller, examples):
                settings = config(
                    headers, seed=seed, examples=examples or 1, thorough=thorough, stateful=bool(examples)
                )
                schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=settings)
                for each in disagreements(schema.include(path_regex=part)):
                    calls += int(str(each.get("calls", 0)))
                    found += [] if "calls" in each else [{"caller": caller} | each]
    print(json.dumps({"calls": calls, "processor_seconds": time.process_time(), "found": found}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
