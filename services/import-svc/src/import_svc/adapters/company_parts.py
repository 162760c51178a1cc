"""A page of companies in parts: where a provider tells of each company on a page of its own, a list costs a call a company.

A part has so many of those calls that a limit of the provider is met between two parts and not in one that is never done.
"""

from collections.abc import Container, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from koppel.providers.company import Company
from koppel.providers.port import Provider

DETAILS_AT_ONCE = 40
"""Calls for companies' own pages in one part."""
DETAILS_OF_A_LOOK = 10
"""The same where nobody waits."""
_MARK = "details:"


class Place(NamedTuple):
    """The provider's own continuation of a page, and the company behind which its next part begins."""

    continuation: str | None
    after: str = ""

    @classmethod
    def of(cls, continuation: str | None) -> "Place":
        if continuation is None or not continuation.startswith(_MARK):
            return cls(continuation)
        after, _, own = continuation.removeprefix(_MARK).partition(":")
        return cls(own or None, unquote(after))

    def behind(self, company: Company) -> str:
        """The continuation of the part behind that company."""
        return f"{_MARK}{quote(company.external_id, safe='')}:{self.continuation or ''}"


def has_details(provider: Provider) -> bool:
    """Whether companies have pages of their own there."""
    return type(provider).details is not Provider.details


def part_of(
    companies: Sequence[Company], place: Place, known: Container[str], most: int
) -> tuple[list[Company], Company | None]:
    """The part of a page that begins at the place, and its last company where more of the page is behind it.

    In order of their ids: the page is listed again for each part. `known` ones cost no call, `most` of the others are in it.
    """
    left = sorted(
        (each for each in companies if each.external_id > place.after), key=lambda each: each.external_id
    )
    costs = [place for place, each in enumerate(left) if each.external_id not in known]
    if len(costs) <= most:
        return left, None
    part = left[: costs[most]]
    return part, part[-1]
