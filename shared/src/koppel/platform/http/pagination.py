"""Lists by key: `{"items": […], "next_cursor": null | "…"}`, never by offset.

A route reads `page.fetch` rows behind `page.after(...)` in key order and gives them to `paginate`, which
keeps `limit` of them and makes the cursor of the last.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, overload
from uuid import UUID

import orjson
from fastapi import Depends, Query
from pydantic import TypeAdapter, ValidationError

from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.http.models import ResponseModel

_LONGEST_CURSOR = 1_000

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")

CursorKey = str | int | UUID | datetime


class Page(ResponseModel, Generic[T]):
    """One page; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageParams:
    """What the caller asked for."""

    cursor: str | None = None
    limit: int = 50

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than the page, to know whether another follows."""
        return self.limit + 1

    @overload
    def after(self, first: type[A], /) -> tuple[A] | None: ...
    @overload
    def after(self, first: type[A], second: type[B], /) -> tuple[A, B] | None: ...
    def after(self, *kinds: type[Any]) -> tuple[Any, ...] | None:
        """The key to read behind, in the given types; None on the first page. Raises `InvalidInput`."""
        return None if self.cursor is None else decode_cursor(self.cursor, *kinds)


def page_params(
    cursor: Annotated[
        str | None, Query(max_length=_LONGEST_CURSOR, description="`next_cursor` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PageParams:
    """The `cursor` and `limit` of a list."""
    return PageParams(cursor, limit)


PageQuery = Annotated[PageParams, Depends(page_params)]
"""Type of a route's page parameter."""


def paginate(
    rows: Sequence[R], page: PageParams, *, item: Callable[[R], T], key: Callable[[R], Sequence[CursorKey]]
) -> Page[T]:
    """The page of up to `page.fetch` rows; `key` gives a row's place in the order of the list."""
    kept = rows[: page.limit]
    more = len(rows) > page.limit
    return Page(
        items=[item(row) for row in kept], next_cursor=encode_cursor(*key(kept[-1])) if more else None
    )


def encode_cursor(*keys: CursorKey) -> str:
    """Opaque text of a place in a list."""
    return base64.urlsafe_b64encode(orjson.dumps(keys, default=str)).rstrip(b"=").decode()


def decode_cursor(cursor: str, *kinds: type[Any]) -> tuple[Any, ...]:
    """The keys of a cursor, in the given types. Raises `InvalidInput` (`invalid_cursor`)."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        keys = orjson.loads(raw)
        return tuple(TypeAdapter(kind).validate_python(key) for kind, key in zip(kinds, keys, strict=True))
    except (binascii.Error, orjson.JSONDecodeError, TypeError, ValidationError, ValueError):
        raise InvalidInput(
            "invalid_cursor",
            "The cursor is not one that this list gave; start without one.",
            [FieldError("query/cursor", "not a cursor of this list")],
        ) from None
