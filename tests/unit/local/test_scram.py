"""Passwords as PostgreSQL keeps them."""

import pytest

from koppel_local.postgres.scram import prepared, scram_verifier


@pytest.mark.parametrize(
    ("password", "becomes"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("\u0007é", "\u0007é"),
        ("\u0627\u0031", "\u0627\u0031"),
        ("a\u00a0b", "a b"),
    ],
)
def test_passwords_are_prepared_as_rfc_4013_says(password: str, becomes: str) -> None:
    assert prepared(password) == becomes


def test_a_verifier_is_never_the_same_and_never_the_password() -> None:
    first, second = scram_verifier("hush", 4096), scram_verifier("hush", 4096)
    assert first != second
    assert first.startswith("SCRAM-SHA-256$4096:")
    assert "hush" not in first + second
    assert scram_verifier("hush", 1, b"salt") == scram_verifier("hush", 1, b"salt")
