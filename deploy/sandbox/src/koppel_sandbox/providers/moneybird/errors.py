"""Moneybird's refusals: an `error` and sometimes `symbolic` words; over the limit HTML or a bare JSON string."""

import orjson

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.provider import Answer

_HTML = "<html><head><title>429 Too Many Requests</title></head><body><h1>Retry later</h1></body></html>"


class ApiError(Exception):
    """Becomes an answer of this status."""

    def __init__(self, status: int, text: str, symbolic: JsonObject | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.symbolic = symbolic


def refused(error: ApiError) -> Answer:
    body: JsonObject = {"error": error.text}
    if error.symbolic is not None:
        body["symbolic"] = error.symbolic
    return Answer(error.status, orjson.dumps(body))


def too_many(resets_at: int) -> Answer:
    """`Retry-After` is an epoch second, not a delay. The body has two shapes, by the second of the window's end."""
    headers = (("retry-after", str(resets_at)),)
    if resets_at % 2:
        return Answer(429, b'"Retry later"', headers)
    return Answer(429, _HTML.encode(), headers, "text/html; charset=utf-8")
