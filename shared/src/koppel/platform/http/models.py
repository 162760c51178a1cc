"""Base classes of request and response models."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict

T = TypeVar("T", bound=Collection[UUID])


class RequestModel(BaseModel):
    """A request body: closed (an unknown field is an error, not a silent loss) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ResponseModel(BaseModel):
    """A response body: open to more fields in later versions."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def refuse_colliding(ids: Iterable[UUID]) -> None:
    """A UUID's hash is its number modulo 2^61 - 1, which nothing keeps secret: ten thousand of one hash take a set
    seconds. Chance makes no two of them in a list that fits a body. Raises ValueError.
    """
    by_value = {each.bytes: hash(each) for each in ids}
    if len(set(by_value.values())) < len(by_value):
        raise ValueError("these ids were made to collide")


def _scattered(ids: T) -> T:
    refuse_colliding(ids)
    return ids


SCATTERED = AfterValidator(_scattered)
"""For each list of ids in a request: what goes into sets and dictionaries takes time in proportion."""


def _separated(given: object) -> object:
    if not isinstance(given, list):
        return given
    return [each for text in given for each in (text.split(",") if isinstance(text, str) else [text])]


SEPARATED = BeforeValidator(_separated)
"""For each list in a query: one text with commas, as the document tells, of which two hundred ids fit into a query; or the
parameter again for each.
"""


def _in_calendar(instant: datetime) -> datetime:
    try:
        instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC this is not in the years 1 to 9999") from None
    return instant


def _not_counted(given: object) -> object:
    """Pydantic takes numbers for seconds since 1970, also where somebody wrote a year."""
    try:
        float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return given
    raise ValueError("write an instant with its offset, such as 2026-01-31T12:00:00Z")


Instant = Annotated[AwareDatetime, AfterValidator(_in_calendar), BeforeValidator(_not_counted)]
"""For each instant in a request. PostgreSQL is given UTC, in which the first and last hours of the calendar, told with an
offset, have no date.
"""
