"""Who asks for a use case."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`actor` names the caller in the audit trail (`person:<uuid>`), `person_id` in events and answers (`<uuid>`); see
    `koppel.contracts.values.ACTOR`."""

    person_id: str
    actor: str
