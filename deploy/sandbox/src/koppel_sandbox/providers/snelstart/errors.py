"""SnelStart's refusals, in the four shapes that its parts have."""

import orjson

from koppel_sandbox.provider import Answer


def refused(status: int, code: str, text: str) -> Answer:
    """The API's own: a list of codes."""
    return Answer(status, orjson.dumps([{"errorCode": code, "message": text}]))


def denied() -> Answer:
    """A refused token: missing, expired, or of a key that is no longer valid."""
    return Answer(401, b'{"Message":"Authorization has been denied for this request."}')


def gateway(status: int, text: str, retry_after: int | None = None) -> Answer:
    """An answer of the gateway before the API."""
    headers = () if retry_after is None else (("retry-after", str(retry_after)),)
    violation = "rate_limit" if status == 429 else None
    return Answer(status, orjson.dumps({"statusCode": status, "message": text}), headers, violation=violation)


def invalid(name: str, text: str) -> Answer:
    """A query option of the wrong kind."""
    body = {"message": "The request is invalid.", "modelState": {name: [text]}}
    return Answer(400, orjson.dumps(body))
