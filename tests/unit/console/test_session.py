"""What a cookie holds: sealed, bounded, and never another's."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from koppel.kernel.errors import Permanent
from koppel_console.session.cookies import Cookies
from koppel_console.session.seal import Seal
from koppel_console.session.session import LARGEST, Session, session_of

OLD, NEW = b"o" * 32, b"n" * 32


def _session(token: str, refresh: str | None = None) -> Session:
    return Session(
        access_token=token, refresh_token=refresh, expires_at=1, subject="s", name="n", organisation="o"
    )


def _random(length: int) -> str:
    return secrets.token_urlsafe(length)[:length]


def test_a_new_key_before_the_old_one_opens_what_the_old_one_sealed() -> None:
    sealed = Seal([OLD]).seal(b"x", "session")
    assert Seal([NEW, OLD]).open(sealed, "session") == b"x"
    assert Seal([NEW]).open(sealed, "session") is None
    assert Seal([NEW, OLD]).mac("a") == Seal([OLD]).mac("a")


def test_what_was_sealed_for_one_purpose_opens_for_no_other() -> None:
    seal = Seal([NEW])
    assert seal.open(seal.seal(b"x", "login one"), "login two") is None


@pytest.mark.parametrize("text", ["", "x", "é", "=" * 50, "A" * 10_000])
def test_what_was_never_sealed_opens_to_nothing(text: str) -> None:
    assert Seal([NEW]).open(text, "session") is None


def test_the_cookie_is_bounded_and_the_refresh_token_is_left_out_first() -> None:
    cookies = Cookies(Seal([NEW]), secure=True)
    both = cookies.sealed(_session(_random(1500), _random(1000)))
    assert len(both) <= LARGEST
    without = cookies.seal.open(cookies.sealed(_session(_random(2000), _random(3000))), "session")
    assert without is not None
    assert Session.unpacked(without) is not None
    assert b'"refresh_token":null' in without
    with pytest.raises(Permanent, match="larger than a cookie"):
        cookies.sealed(_session(_random(6000)))


def test_no_token_shows_in_a_sessions_text() -> None:
    assert "secret" not in repr(_session("secret-token", "secret-refresh"))


@pytest.mark.parametrize("token", [None, "", 5])
def test_an_issuer_that_gives_no_access_token_logs_nobody_in(token: object) -> None:
    with pytest.raises(Permanent, match="no access token"):
        session_of({"access_token": token}, {}, 0)


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.W10.c", "a.MTIz.c"])
def test_a_token_that_cannot_be_read_is_carried_all_the_same(token: str) -> None:
    made = session_of({"access_token": token, "expires_in": 60}, {"sub": "s", "roles": "not a list"}, 100)
    assert (made.access_token, made.expires_at, made.roles) == (token, 160, ())


@pytest.mark.parametrize("content", ["", "short", "AAAA", "not base64 at all!"])
def test_a_key_file_without_keys_ends_the_start(tmp_path: Path, content: str) -> None:
    (file := tmp_path / "key").write_text(content)
    with pytest.raises(Permanent, match=r"base64|holds no keys"):
        Seal.from_file(file)
    with pytest.raises(Permanent, match="holds no keys"):
        Seal.from_file(tmp_path / "none")


@pytest.mark.parametrize(
    ("roles", "rights", "seen"),
    [
        (("beheerder",), (), ["organisation"]),
        ((), ("operator",), ["operators"]),
        (("beheerder",), ("operator",), ["organisation", "operators"]),
        ((), (), ["organisation"]),
    ],
)
def test_the_menu_shows_what_is_of_use(
    roles: tuple[str, ...], rights: tuple[str, ...], seen: list[str]
) -> None:
    person = replace(_session("x"), roles=roles, rights=rights)
    assert [part for part in ("organisation", "operators") if person.sees(part)] == seen
