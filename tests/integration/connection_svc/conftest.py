"""A migrated connection schema, shared by the tests; every test has organisations of its own."""

import pytest

from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from koppel.platform.database import Database


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "connection", "connection_svc"


@pytest.fixture
def unit_of_work(database: Database) -> PostgresUnitOfWork:
    return PostgresUnitOfWork(database)
