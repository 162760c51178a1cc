"""What outlives a restart of the sandbox: logins and changes."""

from pathlib import Path

import httpx
from tests.unit.sandbox.application import Application, still
from tests.unit.sandbox.moneybird.login import Visit

from koppel_sandbox.sandbox import Sandbox
from koppel_sandbox.web.app import build_app


class Kept(Application):
    """An application whose state is in a file."""

    def __init__(self, state: Path) -> None:
        super().__init__()
        self.sandbox = Sandbox({}, state=state, clock=still)
        self.asgi = httpx.ASGITransport(app=build_app(self.sandbox))


async def test_a_login_and_what_was_changed_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.jsonl"
    visit = await Visit.begin(Kept(state))
    done = await visit.change("contacts", change=1, remove=1)
    before = (await visit.get("contacts/synchronization.json", include_archived="true")).json()
    visit.http = Kept(state).client()
    after = (await visit.get("contacts/synchronization.json", include_archived="true")).json()
    assert after == before
    assert done["removed"][0] not in {each["id"] for each in after}
