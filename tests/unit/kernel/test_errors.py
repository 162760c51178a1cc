"""What an error tells a person and a caller."""

from koppel.kernel.errors import (
    Conflict,
    FieldError,
    InvalidInput,
    NotFound,
    OrganisationMismatch,
    Permanent,
    Transient,
)


def test_an_error_says_its_code_and_what_to_do() -> None:
    error = Conflict("plan_stale", "Make a new plan.")
    assert (error.code, error.detail, str(error)) == (
        "plan_stale",
        "Make a new plan.",
        "plan_stale: Make a new plan.",
    )


def test_a_transient_error_may_know_when_to_come_back() -> None:
    error = Transient("rate_limited", "Wait.", retry_after=7.5)
    assert (str(error), error.retry_after) == ("rate_limited: Wait.", 7.5)
    assert Transient("away", "Wait.").retry_after is None


def test_what_is_not_found_is_named_and_has_a_code_of_its_kind() -> None:
    error = NotFound("import_session", 7)
    assert (error.code, error.detail) == ("import_session_not_found", "There is no import session 7.")
    assert NotFound("grant", 7, code="gone").code == "gone"


def test_invalid_input_names_each_place() -> None:
    places = [FieldError("/name", "is empty"), FieldError("/id", "is no id")]
    error = InvalidInput("request_invalid", "Mend it.", places)
    assert (error.code, error.errors) == ("request_invalid", tuple(places))
    assert InvalidInput("request_invalid", "Mend it.").errors == ()
    assert {(each.code, each.limit) for each in places} == {("", None)}


def test_an_event_across_organisations_cannot_be_mended_by_trying_again() -> None:
    error = OrganisationMismatch("A grant of another.")
    assert isinstance(error, Permanent)
    assert str(error) == "organisation_mismatch: A grant of another."
