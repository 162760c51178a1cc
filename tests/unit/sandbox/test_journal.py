"""What a restart keeps, and when it starts anew."""

from dataclasses import replace
from pathlib import Path

import pytest

from koppel_sandbox.books.changes import ChangeOrder
from koppel_sandbox.journal import Journal
from koppel_sandbox.oauth.logins import OAuthError
from koppel_sandbox.providers.eaccounting.oauth.login import Login
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.state import State
from koppel_sandbox.settings import Sizes

CALLBACK = "http://127.0.0.1:8101/v1/oauth/eaccounting/callback"
SETTINGS = Settings(sizes=Sizes(customers=30))


def started(path: Path, settings: Settings = SETTINGS) -> State:
    return State(settings, journal=Journal(path))


def logged_in(state: State) -> tuple[str, str]:
    """Access and refresh token of a login for the first company."""
    login = Login(
        client_id="koppel-local",
        redirect_uri=CALLBACK,
        state=None,
        scopes=("ea:api", "offline_access"),
        challenge=None,
    )
    code = state.grants.authorize(login, state.world.users["demo"], state.world.company_ids[0])
    tokens = state.grants.exchange(
        "koppel-local", code, redirect_uri=CALLBACK, verifier=None, issuer="http://issuer"
    )
    assert tokens.refresh_token is not None
    return tokens.access_token, tokens.refresh_token


def customers(state: State) -> bytes:
    collection = state.world.collection(state.world.company_ids[0], "customers")
    return collection.joined(collection.indexes)


def alter(state: State) -> None:
    company_id = state.world.company_ids[0]
    state.alter(state.world.books.plan(company_id, ChangeOrder("customers", change=3, add=2, remove=1)))


def test_tokens_and_changes_outlive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sandbox.jsonl"
    first = started(path)
    access, used = logged_in(first)
    refresh = first.grants.refresh("koppel-local", used, issuer="http://issuer").refresh_token
    assert refresh is not None
    alter(first)
    alter(first)
    second = started(path)
    assert customers(second) == customers(first)
    assert second.grants.authenticate(access) is not None
    with pytest.raises(OAuthError):
        second.grants.refresh("koppel-local", used, issuer="http://issuer")
    assert second.grants.refresh("koppel-local", refresh, issuer="http://issuer").refresh_token != refresh


def test_a_restart_after_a_restart_still_knows_everything(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    first = started(path)
    access, _ = logged_in(first)
    alter(first)
    alter(started(path))
    third = started(path)
    assert third.grants.authenticate(access) is not None
    assert len(third.world.collection(third.world.company_ids[0], "customers")) == 32


def test_a_reset_is_kept_and_ends_the_tokens_before_it(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    first = started(path)
    access, _ = logged_in(first)
    first.reset(replace(SETTINGS, seed=9, companies=7))
    assert first.grants.authenticate(access) is None
    second = started(path)
    assert second.settings == first.settings
    assert second.world.company_ids == first.world.company_ids
    assert second.grants.authenticate(access) is None


def test_a_revoked_grant_stays_revoked(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    first = started(path)
    access, _ = logged_in(first)
    grant = first.grants.authenticate(access)
    assert grant is not None
    first.grants.revoke(grant)
    assert started(path).grants.authenticate(access) is None


def test_other_options_start_anew(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    access, _ = logged_in(started(path))
    assert started(path, replace(SETTINGS, seed=2)).grants.authenticate(access) is None


def test_a_last_line_cut_short_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    access, _ = logged_in(started(path))
    path.write_bytes(path.read_bytes() + b'["revoked",{"gra')
    assert started(path).grants.authenticate(access) is not None


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.jsonl"
    started(path)
    assert path.stat().st_mode & 0o077 == 0
