"""A migrated import schema for all tests here; every test has an organisation of its own."""

import pytest

from koppel.platform.database import Database

from .office import Office


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "import", "import_svc"


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)
