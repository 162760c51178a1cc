"""What stands around import-svc."""

import pytest

from .outside import Outside


@pytest.fixture
def outside() -> Outside:
    return Outside()
