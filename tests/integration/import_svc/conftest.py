"""A migrated import schema for all tests here; every test has an organisation of its own."""

import pytest

from koppel.platform.database import Database

from .organisation import Organisation


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "import", "import_svc"


@pytest.fixture
def organisation(database: Database) -> Organisation:
    return Organisation(database)
