"""SnelStart's four shapes of errors, and whose fault a refused call is."""

import httpx
import orjson
import pytest

from koppel.kernel.errors import Permanent, Transient
from koppel.providers.calls import Answer
from koppel.providers.failures import ProviderFailure
from koppel.providers.snelstart.answers import error_of, failure_of

OURS = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(status, httpx.Headers({name.replace("_", "-"): v for name, v in headers.items()}), content)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            [{"errorCode": "ALG-0104", "message": "Property bestaat niet"}],
            "ALG-0104",
            "Property bestaat niet",
        ),
        (
            [{"errorCode": "REL-0001", "message": "a"}, {"errorCode": "REL-0002", "message": "b"}],
            "REL-0001",
            "a",
        ),
        ({"Message": "Geen toegang"}, None, "Geen toegang"),
        ({"statusCode": 401, "message": OURS}, None, OURS),
        (
            {"message": "The request is invalid.", "modelState": {"$filter": ["x"]}},
            None,
            "The request is invalid.",
        ),
        ([{"errorCode": "canary-canary", "message": 7}], None, ""),
        ([], None, ""),
        (["canary"], None, ""),
        ("canary", None, ""),
        (None, None, ""),
        (b"<html>canary</html>", None, ""),
        (b"", None, ""),
    ],
)
def test_code_and_message_are_found_in_every_shape(body: object, code: str | None, message: str) -> None:
    assert error_of(answer(400, body)) == (code, message)


@pytest.mark.parametrize(
    ("status", "body", "code", "who", "family"),
    [
        (400, [{"errorCode": "ALG-0104", "message": "x"}], "request_refused", "us", Permanent),
        (401, {"Message": "Authorization has been denied for this request."}, "provider_unauthorized", "customer", Permanent),
        (401, {"statusCode": 401, "message": OURS}, "client_invalid", "us", Permanent),
        (401, {"message": "Access denied due to missing subscription key."}, "client_invalid", "us", Permanent),
        (403, {"Message": OURS.upper()}, "client_invalid", "us", Permanent),
        (403, {"Message": "Forbidden"}, "scope_missing", "customer", Permanent),
        (401, b"<html>", "provider_unauthorized", "customer", Permanent),
        (403, {"message": "Out of call volume quota. Quota will be replenished in 00:12:13."}, "rate_limited", "us", Transient),
        (404, {"message": "Resource not found"}, "provider_not_found", "us", Permanent),
        (429, {"message": "Rate limit is exceeded."}, "rate_limited", "us", Transient),
        (500, {"Message": "An error has occurred."}, "provider_unavailable", "provider", Transient),
        (503, {"message": OURS}, "provider_unavailable", "provider", Transient),
        (302, None, "provider_bad_answer", "provider", Transient),
        (204, b"", "provider_bad_answer", "provider", Transient),
    ],
)  # fmt: skip
def test_a_refusal_says_who_must_act(
    status: int, body: object, code: str, who: str, family: type[Exception]
) -> None:
    failed = failure_of(answer(status, body))
    assert (failed.code, failed.who_must_act) == (code, who)
    assert isinstance(failed, family)


def test_the_provider_s_code_is_kept_for_its_support_desk() -> None:
    failed = failure_of(answer(400, [{"errorCode": "BOE-0012", "message": "canary"}]))
    assert failed.provider_code == "BOE-0012"
    assert "canary" not in repr(failed.as_contract())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "17"}, 17.0),
        ({}, 60.0),
        ({"Retry_After": "0"}, 60.0),
        ({"Retry_After": "soon"}, 60.0),
        ({"Retry_After": "-5"}, 60.0),
    ],
)
def test_a_call_too_many_waits(headers: dict[str, str], seconds: float) -> None:
    assert failure_of(answer(429, {"message": "x"}, **headers)).retry_after == seconds


def test_long_message_is_read_no_further() -> None:
    assert error_of(answer(400, {"message": "x" * 100_000 + "subscription key"})) == (None, "x" * 500)


@pytest.mark.parametrize("body", [{}, {"value": []}, "x", None, b"<html>", b'[{"id":'])
def test_a_list_that_is_none_is_a_bad_answer(body: object) -> None:
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        answer(200, body).json_list()
