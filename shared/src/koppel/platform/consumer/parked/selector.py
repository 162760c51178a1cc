"""Which parked events an operator means: those of one cause, or those named."""

from dataclasses import dataclass
from uuid import UUID

from koppel.kernel.errors import Conflict
from koppel.platform.consumer.parked.cause import CauseClass

MATCHES = """
consumer = $1 and ($2::uuid[] is null or id = any($2))
and ($3::text is null or cause_class = $3) and ($4::text is null or cause_code = $4)
and ($5::text is null or type = $5)
"""
"""Takes the arguments of a selector."""


@dataclass(frozen=True, slots=True)
class CauseSelector:
    """Events that one consumer parked for the same reason; None matches any."""

    consumer: str
    code: str
    kind: CauseClass | None = None
    type: str | None = None

    def arguments(self, consumer: str) -> tuple[object, ...]:
        """For `MATCHES`. Raises `Conflict` (`parked_by_another_consumer`)."""
        if self.consumer != consumer:
            detail = f"This service runs the handlers of {consumer}, not those of {self.consumer}."
            raise Conflict("parked_by_another_consumer", detail)
        return (consumer, None, self.kind, self.code, self.type)

    def __str__(self) -> str:
        return "/".join(("cause", self.consumer, self.kind or "*", self.code, self.type or "*"))


@dataclass(frozen=True, slots=True)
class IdSelector:
    """Events named one by one."""

    ids: tuple[UUID, ...]

    def arguments(self, consumer: str) -> tuple[object, ...]:
        """For `MATCHES`."""
        return (consumer, list(self.ids), None, None, None)

    def __str__(self) -> str:
        return ",".join(map(str, self.ids))


Selector = CauseSelector | IdSelector
