"""What a handler raised, as a cause: its class says what happens next, its text can be stored and tells no data."""

import pytest

from koppel.kernel.errors import Conflict, KoppelError, Permanent, Transient
from koppel.platform.consumer.parked.cause import cause_of


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (Transient("away", "It is away."), "transient", "away"),
        (Permanent("refused", "No."), "permanent", "refused"),
        (Conflict("taken", "Somebody was first."), "permanent", "taken"),
        (ValueError("secret 1234"), "permanent", "handler_failed"),
    ],
)
def test_the_class_of_an_error_decides(error: Exception, kind: str, code: str) -> None:
    cause = cause_of(error)
    assert (cause.kind, cause.code) == (kind, code)
    assert "1234" not in cause.detail


@pytest.mark.parametrize("kind", [Transient, Permanent])
def test_a_nul_in_the_text_of_an_error_does_not_keep_it_from_being_stored(kind: type[KoppelError]) -> None:
    assert "\x00" not in cause_of(kind("odd", "It said \x00.")).detail


def test_a_detail_of_any_length_is_cut() -> None:
    assert cause_of(Permanent("odd", "x" * 1_000)).detail == "x" * 1_000
    assert cause_of(Permanent("odd", "x" * 500_000)).detail == "x" * 1_000 + "..."
