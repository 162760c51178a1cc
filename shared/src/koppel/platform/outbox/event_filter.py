"""What is looked for in the log."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from koppel.contracts.registry import BY_TYPE
from koppel.contracts.topics import RECORD
from koppel.kernel.errors import FieldError, InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What is looked for; all that is given must hold. `from_` is included, `to` is not.

    `administration_id` and `connection_id` name the events of their own streams, records and pauses included; given
    both, of either.
    """

    event_id: UUID | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    administration_id: UUID | None = None
    connection_id: UUID | None = None
    organisation_id: UUID | None = None
    type: str | None = None
    from_: datetime | None = None
    to: datetime | None = None

    def given(self) -> dict[str, Any]:
        """What is given, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def check(self) -> None:
        """Raises `InvalidInput` for what is empty, unknown, upside down, or only found by an administration."""
        if not self.given():
            raise refused("filter_empty", "Give at least one condition.", "administration_id")
        if self.type is not None and self.type not in BY_TYPE:
            raise refused("type_unknown", "There is no such type of event; docs/events has them.", "type")
        if self.type is not None and BY_TYPE[self.type].topic is RECORD and not self.administration_id:
            detail = "Events of records are found by their administration: give administration_id, too."
            raise refused("administration_required", detail, "administration_id")
        if self.from_ is not None and self.to is not None and self.from_ >= self.to:
            raise refused("filter_invalid", "`to` must be after `from`.", "to")


def refused(code: str, detail: str, name: str) -> InvalidInput:
    """The parameter `name` is what should change."""
    return InvalidInput(code, detail, [FieldError(f"query/{name}", detail)])
