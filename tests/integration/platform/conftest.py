"""A migrated schema with the platform's tables, and streams that no other test uses."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.databases import ServiceDatabase, service_database
from koppel.testing.organisations import Organisation


@pytest.fixture
async def service(postgres_server: str) -> AsyncIterator[ServiceDatabase]:
    async with service_database(postgres_server, "platform", "koppel.testing.platform_only") as created:
        yield created


@pytest.fixture
async def database(service: ServiceDatabase) -> AsyncIterator[Database]:
    opened = service.open()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def organisation() -> Organisation:
    return Organisation()


@pytest.fixture
def consumer_name() -> str:
    return f"test-{new_id()}"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A package with these scripts, importable; the same one again with more of them."""
    name = f"made_{uuid4().hex}"
    folder = tmp_path / name / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**scripts: str) -> str:
        for script, sql in scripts.items():
            (folder / script).write_text(sql, encoding="utf-8")
        return name

    return write
