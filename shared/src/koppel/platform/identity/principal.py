"""The caller of a request, as its token states it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from koppel.contracts.values import Role
from koppel.kernel.errors import Forbidden


class PrincipalKind(StrEnum):
    """A human user of an organisation, or another service of ours."""

    PERSON = "person"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Principal:
    """`subject` is a user's UUID or a service's name.

    A person has the organisation of the token, a service the one that the call names for it, if any.
    """

    subject: str
    kind: PrincipalKind
    organisation_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    rights: frozenset[str] = frozenset()

    @property
    def actor(self) -> str:
        """`person:<uuid>` or `service:<name>`, as the audit trail names it."""
        return f"{self.kind}:{self.subject}"

    @property
    def organisation(self) -> UUID:
        """The organisation whose things the call is about. Raises `Forbidden` for a service that names none."""
        if self.organisation_id is None:
            raise Forbidden("organisation_required", "A service names the organisation that it acts for.")
        return self.organisation_id
