"""The filter of a replay: never empty, and only for topics that this service owns."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from koppel.contracts.registry import BY_TYPE
from koppel.contracts.replay import Mode
from koppel.contracts.topics import BY_NAME, RECORD, TOPICS
from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.http.models import SCATTERED, Instant, RequestModel

_MOST = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""
_ENTRIES = 10_000

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern="^[^\x00]*$")]
Version = Annotated[int, Field(ge=1, le=_MOST)]


class StreamRange(RequestModel):
    """One stream, or a range of its versions, both ends included."""

    topic: Text = Field(description="The stream's topic.")
    key: Text = Field(description="The stream's key.")
    from_version: Version | None = Field(
        default=None, description="First version, included; null or left out: from its beginning."
    )
    to_version: Version | None = Field(
        default=None, description="Last version, included; null or left out: to its end."
    )


class ReplayFilter(RequestModel):
    """All conditions given must hold. `from` is included, `to` is not; both are about when an event was stated.

    `administration_ids` find the events of an administration's own streams. `parked_only`: only streams of which
    the target has an event parked. An empty list is refused: it would ask for nothing and get everything.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True, serialize_by_alias=True
    )

    organisation_id: UUID | None = Field(
        default=None, description="Events of this organisation; null or left out: of all."
    )
    administration_ids: Annotated[list[UUID], Field(min_length=1, max_length=_ENTRIES), SCATTERED] | None = (
        Field(
            default=None,
            description="Events of the own streams of these administrations, 1 to 10,000; null or left out: of all.",
        )
    )
    types: Annotated[list[Text], Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Events of these types; null or left out: of all."
    )
    from_: Annotated[Instant | None, Field(alias="from")] = Field(
        default=None,
        description="Events that happened at this instant or later; null or left out: since the beginning.",
    )
    to: Instant | None = Field(
        default=None, description="Events that happened before this instant; null or left out: until now."
    )
    streams: Annotated[list[StreamRange], Field(min_length=1, max_length=_ENTRIES)] | None = Field(
        default=None, description="These streams only, or ranges of them; null or left out: all."
    )
    parked_only: bool = Field(
        default=False, description="Only streams of which the target has an event parked."
    )

    @property
    def empty(self) -> bool:
        return not any(
            (
                self.organisation_id,
                self.administration_ids,
                self.types,
                self.from_,
                self.to,
                self.streams,
                self.parked_only,
            )
        )


def owned_topics(service: str) -> list[str]:
    """The topics whose log this service keeps."""
    return [topic.name for topic in TOPICS if topic.owner == service]


def asked_topics(asked: ReplayFilter, service: str, mode: Mode) -> list[str]:
    """The topics that the filter can find events of, of those owned here. Raises `InvalidInput`."""
    if asked.empty:
        raise InvalidInput(
            "filter_empty",
            "A filter without any condition would replay everything; give at least one.",
            [FieldError("/filter", "give at least one condition")],
        )
    problems = [
        *_types(asked.types or (), service),
        *_streams(asked.streams or (), service),
        *_ranges(asked),
    ]
    if problems:
        raise InvalidInput("filter_invalid", problems[0].message, problems)
    topics = set(owned_topics(service))
    if asked.types:
        topics &= {BY_TYPE[name].topic.name for name in asked.types}
    if asked.streams:
        topics &= {stream.topic for stream in asked.streams}
    if mode == "snapshot":
        _check_snapshot(asked, service)
        topics &= {RECORD.name}
    return sorted(topics)


def _types(types: Iterable[str], service: str) -> Iterable[FieldError]:
    mine = set(owned_topics(service))
    for number, name in enumerate(types):
        event = BY_TYPE.get(name)
        if event is None:
            own = ", ".join(each for each, event in BY_TYPE.items() if event.topic.name in mine)
            told = f"There is no such type; {service} has {own}."
            yield FieldError(f"/filter/types/{number}", told, "event_type_unknown")
        elif event.topic.name not in mine:
            told = _not_here(name, event.topic.owner, service)
            yield FieldError(f"/filter/types/{number}", told, "event_type_not_here")


def _streams(streams: Iterable[StreamRange], service: str) -> Iterable[FieldError]:
    mine = owned_topics(service)
    for number, stream in enumerate(streams):
        place = f"/filter/streams/{number}"
        topic = BY_NAME.get(stream.topic)
        if topic is None:
            told = f"There is no such topic; {service} owns {', '.join(mine) or 'none'}."
            yield FieldError(f"{place}/topic", told, "topic_unknown")
        elif topic.name not in mine:
            told = _not_here(topic.name, topic.owner, service)
            yield FieldError(f"{place}/topic", told, "topic_not_here")
        if (stream.from_version or 1) > (stream.to_version or _MOST):
            yield FieldError(f"{place}/to_version", "must not be below from_version", "range_reversed")


def _ranges(asked: ReplayFilter) -> Iterable[FieldError]:
    if asked.from_ and asked.to and asked.from_ >= asked.to:
        yield FieldError("/filter/to", "must be after from", "range_reversed")


def _check_snapshot(asked: ReplayFilter, service: str) -> None:
    if RECORD.owner != service:
        raise InvalidInput(
            "snapshot_not_here",
            f"Snapshots are of records, which {RECORD.owner} keeps; ask there.",
            [FieldError("/mode", f"ask {RECORD.owner}")],
        )
    if not asked.administration_ids:
        raise InvalidInput(
            "filter_invalid",
            "A snapshot needs the administrations whose records it sends.",
            [FieldError("/filter/administration_ids", "needed for a snapshot", "snapshot_needs_it")],
        )
    others = {"types", "from_", "to", "streams", "parked_only"} & asked.model_fields_set
    given = [name for name in sorted(others) if getattr(asked, name)]
    if given:
        raise InvalidInput(
            "filter_invalid",
            "A snapshot is of the current state; it takes organisation_id and administration_ids only.",
            [
                FieldError(f"/filter/{name.rstrip('_')}", "not for a snapshot", "not_for_a_snapshot")
                for name in given
            ],
        )


def _not_here(what: str, owner: str, service: str) -> str:
    where = f"{owner} owns it; ask there" if owner.endswith("-svc") else "nobody keeps a log of it to replay"
    return f"{what} is not of {service}: {where}."
