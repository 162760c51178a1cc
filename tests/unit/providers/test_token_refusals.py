"""What a refused token call means, by a provider's own table and else by RFC 6749."""

import httpx
import orjson
import pytest

from koppel.providers import failures
from koppel.providers.calls import Answer
from koppel.providers.token_refusals import TokenRefusal, TokenVerdict, refusal_of

TABLE = (
    TokenRefusal(verdict=TokenVerdict.TOO_EARLY, error="access_denied", says="Not Expired"),
    TokenRefusal(verdict=TokenVerdict.TOO_EARLY, header=("Reason", "TooEarly")),
    TokenRefusal(
        verdict=TokenVerdict.GRANT_DEAD, status=401, error="unauthorized_client", says="old refresh token"
    ),
    TokenRefusal(verdict=TokenVerdict.OUR_CREDENTIALS, status=403),
    TokenRefusal(verdict=TokenVerdict.TRANSIENT, status=418),
    TokenRefusal(verdict=TokenVerdict.OUR_REQUEST, error="invalid_scope"),
)


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(
        status, httpx.Headers({name.replace("_", "-"): text for name, text in headers.items()}), content
    )


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer(400, {"error": "access_denied", "error_description": "Rate limit: not expired"}), failures.REFRESH_TOO_EARLY),
        (answer(400, b"<html>", Reason="TooEarlyToRefresh"), failures.REFRESH_TOO_EARLY),
        (answer(401, {"error": "unauthorized_client", "error_description": "Old refresh token used."}), failures.GRANT_INVALID),
        (answer(403, b""), failures.CLIENT_INVALID),
        (answer(418), failures.UNAVAILABLE),
        (answer(400, {"error": "invalid_scope"}), failures.REQUEST_REFUSED),
    ],
)  # fmt: skip
def test_the_providers_own_table_goes_first(given: Answer, kind: failures.FailureKind) -> None:
    assert refusal_of(given, TABLE).kind is kind


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer(400, {"error": "access_denied", "error_description": "No."}), failures.CONSENT_DENIED),
        (answer(400, {"error": "access_denied", "error_description": "x" * 600 + "not expired"}), failures.CONSENT_DENIED),
        (answer(400, {"error": "access_denied", "error_description": ["not expired"]}), failures.CONSENT_DENIED),
        (answer(400, {"error": "unauthorized_client", "error_description": "Old refresh token used."}), failures.CLIENT_INVALID),
        (answer(400, {"error": ["access_denied"]}), failures.UNAVAILABLE),
        (answer(400, {"error": "invalid_request"}), failures.REQUEST_REFUSED),
        (answer(400, {"error": "unsupported_grant_type"}), failures.REQUEST_REFUSED),
        (answer(400, {"error": "Invalid_Request"}), failures.UNAVAILABLE),
        (answer(400, {"error": "internal_error"}), failures.UNAVAILABLE),
        (answer(401, {"error": "Try again later"}), failures.UNAVAILABLE),
        (answer(404, b""), failures.UNAVAILABLE),
        (answer(401, b""), failures.CLIENT_INVALID),
        (answer(401, {"message": "?"}), failures.CLIENT_INVALID),
        (answer(401, b"", Content_Type="text/html; charset=utf-8"), failures.UNAVAILABLE),
        (answer(401, b" \r\n<!DOCTYPE html>"), failures.UNAVAILABLE),
        (answer(503, b"", Reason="TooEarly"), failures.UNAVAILABLE),
        (answer(429, b"", Reason="TooEarly"), failures.RATE_LIMITED),
        (answer(302, b"", Reason="TooEarly"), failures.BAD_ANSWER),
    ],
)  # fmt: skip
def test_what_no_row_covers_means_what_the_standard_says(given: Answer, kind: failures.FailureKind) -> None:
    assert refusal_of(given, TABLE).kind is kind


def test_the_providers_own_wait_goes_with_the_verdict() -> None:
    told = answer(400, {"error": "access_denied", "error_description": "not expired"}, Retry_After="7")
    assert refusal_of(told, TABLE).retry_after == 7


@pytest.mark.parametrize(
    ("error", "logged"),
    [("service_busy", "service_busy"), ("rT.s3cret-token", "not a code"), ("x" * 1_000_000, "not a code")],
)
def test_an_error_that_the_standard_does_not_have_is_no_fault_of_ours_and_is_logged(
    caplog: pytest.LogCaptureFixture, error: str, logged: str
) -> None:
    """It ended all refreshes of the grant until somebody looked, also when it stood for an outage."""
    refused = refusal_of(answer(400, {"error": error}))
    assert (refused.kind, refused.retry_after) == (failures.UNAVAILABLE, 60.0)
    [line] = [record.getMessage() for record in caplog.records]
    assert line.endswith(f": {logged}")


@pytest.mark.parametrize("error", ["temporarily_unavailable", "service_busy"])
def test_the_wait_that_goes_with_an_error_is_kept(error: str) -> None:
    assert refusal_of(answer(400, {"error": error}, Retry_After="7")).retry_after == 7
