"""What lists for a screen have besides pages: a search, and how many there are in all."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import Field

from koppel.platform.http.pagination import Page

T = TypeVar("T")

Search = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Only those with this in a name or number, in any case; left out: all.",
    ),
]
Code = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z0-9_]{1,64}$", description="Only those for which this code says why; left out: all."
    ),
]
WithTotal = Annotated[bool, Query(alias="total", description="Whether `total` is counted, too.")]


class CountedPage(Page[T], Generic[T]):
    """One page of a list that can be counted."""

    total: int | None = Field(
        default=None, description="With `?total=true` how many there are on all pages, else null."
    )


def searched(q: str | None) -> str | None:
    """The text to look for; None: nothing in particular."""
    return (q or "").strip() or None
