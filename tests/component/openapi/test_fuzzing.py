"""A fuzzer that reads the OpenAPI documents finds no answer that they do not tell. `FUZZ_EXAMPLES=50` looks longer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from koppel.testing.databases import service_database

ROOT = Path(__file__).parents[3]
SEED = int(os.environ.get("FUZZ_SEED", "1"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Of each operation and caller; 0 is a short run, which takes few seconds a service."""
WITHIN = 3_600 if EXAMPLES else 240


@pytest.mark.timeout(WITHIN)
@pytest.mark.parametrize("name", ["connection", "import", "assignment", "sync"])
async def test_a_fuzzer_that_reads_the_document_agrees_with_it(postgres_server: str, name: str) -> None:
    async with service_database(postgres_server, name, f"{name}_svc") as database:
        given = {"service": f"{name}-svc", "dsn": database.app_dsn, "seed": SEED, "examples": EXAMPLES}
        told = _fuzzed(given)
    assert told["found"] == []
    assert told["calls"] > 100


def _fuzzed(given: dict[str, Any]) -> dict[str, Any]:
    result = subprocess.run(
        [sys.executable, "-m", "tests.component.openapi.fuzzing", json.dumps(given)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told
