"""AsyncAPI's own parser accepts every document, and would not accept just anything."""

import copy
import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from koppel.contracts.asyncapi import asyncapi
from koppel.contracts.connection import ConnectionCreated
from koppel.contracts.deprecation import headers_of_type
from koppel.contracts.topics import SERVICES
from koppel.testing import node
from koppel_local.kafka.jars import cache_folder

PARSER = Path(__file__).parent / "asyncapi_parser"

Documents = dict[str, dict[str, Any]]
Validate = Callable[[Documents], dict[str, list[str]]]


@pytest.fixture(scope="module")
def validate(tmp_path_factory: pytest.TempPathFactory) -> Validate:
    """Errors and warnings of the parser by document; its packages are installed by their lock file, once."""
    place = node.installed(PARSER, cache_folder().parent)
    command = node.node_commands(tmp_path_factory.mktemp("node")) / "node"

    def run(documents: Documents) -> dict[str, list[str]]:
        done = subprocess.run(
            [command, "validate.mjs"],
            cwd=place,
            input=json.dumps(documents),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return cast("dict[str, list[str]]", json.loads(done.stdout))

    return run


def test_the_parser_accepts_every_service_s_document(validate: Validate) -> None:
    documents = {service: asyncapi(service, "1.0.0") for service in SERVICES}
    assert validate(documents) == {service: [] for service in SERVICES}


def test_the_parser_refuses_what_is_wrong(validate: Validate) -> None:
    whole = asyncapi("connection-svc", "1.0.0")
    spoilt: Documents = {name: copy.deepcopy(whole) for name in ("action", "reference", "binding")}
    operation = next(iter(spoilt["action"]["operations"].values()))
    operation["action"] = "shout"
    next(iter(spoilt["reference"]["operations"].values()))["messages"] = [{"$ref": "#/channels/none"}]
    next(iter(spoilt["binding"]["channels"].values()))["bindings"]["kafka"]["partitions"] = "six"
    assert all(validate(spoilt).values())


def test_a_deprecated_event_says_so_and_is_accepted(
    validate: Validate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConnectionCreated, "deprecated", date(2027, 1, 1))
    monkeypatch.setattr(ConnectionCreated, "sunset", date(2027, 6, 30))
    monkeypatch.setattr(ConnectionCreated, "replaced_by", "nl.koppel.ConnectionAuthorized.v1")
    headers_of_type.cache_clear()
    try:
        document = asyncapi("connection-svc", "1.0.0")
    finally:
        headers_of_type.cache_clear()
    message = document["components"]["messages"]["ConnectionCreated-v1"]
    assert message["deprecated"] is True
    assert message["x-sunset"] == "2027-06-30"
    assert message["headers"]["properties"]["ce_deprecationsunset"] == {"const": "2027-06-30T00:00:00Z"}
    del message["examples"]  # those are from before
    assert validate({"all": document}) == {"all": []}
