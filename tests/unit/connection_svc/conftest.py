"""The fakes of a rotation."""

import pytest

from connection_svc.application import require_login as login_module
from connection_svc.application import rotate_token as module

from .rotation_world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(module, "store_rotation", made.kept)
    monkeypatch.setattr(module, "store_answer", made.stored)
    monkeypatch.setattr(login_module, "follow_grants", made.followed)
    return made
