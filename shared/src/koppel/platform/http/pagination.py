"""Lists by key: `{"items": […], "next_cursor": null | "…"}`, never by offset.

A route reads `page.fetch` rows behind `page.after(...)` in key order and gives them to `paginate`, which
keeps `limit` of them and makes the cursor of the last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, overload
from uuid import UUID

from fastapi import Depends, Query
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.http.models import ResponseModel

LONGEST_CURSOR = 1_000
_BETWEEN = "/"
_NO_NUL = r"^[^\x00]*$"

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")

CursorKey = str | int | UUID | datetime


class Page(ResponseModel, Generic[T]):
    """One page; `next_cursor` is null on the last."""

    model_config = ConfigDict(json_schema_extra={"description": "One page of a list."})

    items: list[T] = Field(description="The items of this page, in the order of the list.")
    next_cursor: str | None = Field(
        default=None, description="`cursor` of the next page, to be sent as it is; null on the last page."
    )


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


def _page_params(shape: dict[str, Any]) -> Callable[..., PageParams]:
    """The dependency of a list; `shape` is what the document says of its cursors."""

    def page_params(
        cursor: Annotated[
            str | None,
            Query(
                min_length=1,
                max_length=LONGEST_CURSOR,
                description="`next_cursor` of the page before, as it was given; left out: the first page.",
                json_schema_extra=shape,
            ),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="How many items a page holds at most.")] = 50,
    ) -> PageParams:
        return PageParams(cursor, limit)

    return page_params


PageQuery = Annotated[PageParams, Depends(_page_params({"format": "uuid"}))]
"""Type of a route's page parameter, where the list is in order of a UUID."""

TextPageQuery = Annotated[PageParams, Depends(_page_params({"pattern": _NO_NUL}))]
"""The same where the list is in order of a text."""

TextPairPageQuery = Annotated[PageParams, Depends(_page_params({"pattern": r"^[^/\x00]*/[^\x00]*$"}))]
"""The same where the list is in order of two texts, of which the first has no slash."""

NumberPageQuery = Annotated[PageParams, Depends(_page_params({"pattern": "^[0-9]{1,18}$"}))]
"""The same where the list is in order of a whole number."""

_COUNT_AND_ID = r"^[0-9]{1,9}/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
CountPageQuery = Annotated[PageParams, Depends(_page_params({"pattern": _COUNT_AND_ID}))]
"""The same where the list is in order of a count and a UUID."""


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
    """The keys of a place in a list, joined. All that a cursor's shape in the document allows is a place, so that
    whoever believes the document is not refused; none but the last key may hold a slash."""
    return _BETWEEN.join(map(str, keys))


def decode_cursor(cursor: str, *kinds: type[Any]) -> tuple[Any, ...]:
    """The keys of a cursor, in the given types. Raises `InvalidInput` (`invalid_cursor`)."""
    keys = cursor.split(_BETWEEN, len(kinds) - 1)
    try:
        return tuple(TypeAdapter(kind).validate_python(key) for kind, key in zip(kinds, keys, strict=True))
    except (ValidationError, ValueError):
        raise InvalidInput(
            "invalid_cursor",
            "The cursor is not one that this list gave; start without one.",
            [FieldError("query/cursor", "not a cursor of this list")],
        ) from None
