"""What a restart of the sandbox keeps of Exact Online."""

from pathlib import Path

import pytest
from tests.unit.sandbox.application import NOON

from koppel_sandbox.books.changes import ChangeOrder
from koppel_sandbox.control.fields import Fields
from koppel_sandbox.instants import SECOND
from koppel_sandbox.journal import Journal
from koppel_sandbox.providers.exact_online.oauth.chains import TokenError, new_chain
from koppel_sandbox.providers.exact_online.settings import Settings, read_settings
from koppel_sandbox.providers.exact_online.state import State
from koppel_sandbox.providers.exact_online.web.tables import truth

CLIENT, CALLBACK = "koppel-local", "http://127.0.0.1:1/v1/oauth/exact_online/callback"
ORDER = Fields({"companies": 2, "sizes": {"customers": 12, "vouchers": 20, "customerinvoices": 5}})
SETTINGS = read_settings(ORDER, Settings())
CHANGES = (
    ChangeOrder("Accounts", 2, 1, 3),
    ChangeOrder("SalesEntries", 1, 2, 1),
    ChangeOrder("GeneralJournalEntries", 1, 1, 1),
    ChangeOrder("TransactionLines", 1, 0, 1),
    ChangeOrder("DivisionMoves", 1, 0, 0),
    ChangeOrder("Projects", 0, 0, 1),
    ChangeOrder("Divisions", 0, 0, 1),
)


def started(path: Path, seconds: int = 0) -> State:
    """A start `seconds` after noon."""
    return State(SETTINGS, lambda: NOON + seconds * SECOND, Journal(path))


def test_books_moves_and_removals_are_the_same_to_the_byte(tmp_path: Path) -> None:
    before = started(tmp_path / "state")
    division = before.world.divisions["nl"][0]
    for order in CHANGES:
        before.alter(before.world.plan(division, order))
    after = started(tmp_path / "state", seconds=3_600)
    for name in (*{order.collection for order in CHANGES} - {"DivisionMoves"}, "Deleted"):
        assert truth(after, division, name, 0, None) == truth(before, division, name, 0, None), name


def test_a_chain_goes_on_where_it_was_and_what_was_used_stays_used(tmp_path: Path) -> None:
    before = started(tmp_path / "state")
    chain = new_chain("nl", CLIENT, "demo", ("1",))
    first = before.chains.exchange(CLIENT, "nl", before.chains.authorize(chain, CALLBACK), CALLBACK)
    later = started(tmp_path / "state", seconds=575)
    kept = later.chains.authenticate(first.access_token, "nl")
    assert kept is not None
    assert (kept.id, kept.without) == (chain.id, ("1",))
    second = later.chains.refresh(CLIENT, "nl", first.refresh_token)
    at_last = started(tmp_path / "state", seconds=1_150)
    with pytest.raises(TokenError, match="Old refresh token used"):
        at_last.chains.refresh(CLIENT, "nl", first.refresh_token)
    third = at_last.chains.refresh(CLIENT, "nl", second.refresh_token)
    assert third.refresh_token != second.refresh_token


def test_a_reset_is_kept_too_and_ends_what_was_given(tmp_path: Path) -> None:
    before = started(tmp_path / "state")
    chain = new_chain("nl", CLIENT, "demo", ())
    tokens = before.chains.exchange(CLIENT, "nl", before.chains.authorize(chain, CALLBACK), CALLBACK)
    before.reset(read_settings(Fields({"companies": 4, "statuses": {"archived": 1}}), SETTINGS))
    after = started(tmp_path / "state")
    assert len(after.world.divisions["nl"]) == 4
    assert after.settings.archived == 1
    assert after.chains.authenticate(tokens.access_token, "nl") is None
