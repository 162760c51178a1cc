"""What each service is made of, told by its composition root in a process of its own, once a run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


@pytest.fixture(scope="session", params=SERVICES)
def service_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def made_of(service_name: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    script = Path(__file__).with_name("described.py")
    result = subprocess.run(
        [sys.executable, str(script), service_name.replace("-", "_"), str(tmp_path_factory.mktemp("told"))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told
