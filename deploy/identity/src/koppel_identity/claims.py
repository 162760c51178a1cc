"""What tokens say of a person, and the names that services look for."""

from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

DEFAULT_ISSUER = "http://127.0.0.1:8170"
"""The `iss` of tokens of a stack that keeps its default port: the issuer's own address."""
AUDIENCE = "koppel"
OPERATOR_RIGHTS = ("operator", "preview", "replay")
"""Of somebody who operates: to read, retry and discard, to plan replays, and to run them."""
RIGHTS = (*OPERATOR_RIGHTS, "payload")
"""Every right that no role gives; `payload`: to see what events hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who logs in: a member of an organisation's directory, or an operator, who has rights instead of roles."""

    id: UUID
    organisation_id: UUID
    name: str
    email: str = ""
    organisation_name: str = ""
    roles: tuple[str, ...] = ()
    rights: tuple[str, ...] = field(default=())

    def for_services(self) -> dict[str, object]:
        """The claims of an access token: what services decide by, and nothing about the person."""
        return {
            "sub": str(self.id),
            "kind": "person",
            "org": str(self.organisation_id),
            "roles": list(self.roles),
            **({"rights": list(self.rights)} if self.rights else {}),
        }

    def for_clients(self) -> dict[str, object]:
        """The claims of an ID token and of `userinfo`: what an application shows."""
        told = {"name": self.name, "email": self.email, "org_name": self.organisation_name}
        return {**self.for_services(), **{name: text for name, text in told.items() if text}}

    def as_json(self) -> dict[str, object]:
        return self.for_clients()

    @classmethod
    def from_json(cls, claims: dict[str, Any]) -> "Person":
        """The inverse of `as_json`."""
        return cls(
            id=UUID(claims["sub"]),
            organisation_id=UUID(claims["org"]),
            name=claims.get("name", ""),
            email=claims.get("email", ""),
            organisation_name=claims.get("org_name", ""),
            roles=tuple(claims["roles"]),
            rights=tuple(claims.get("rights", ())),
        )


def operator_id(name: str) -> UUID:
    """The same id each time for the same name, on the command line and here: the audit trail tells people apart."""
    return uuid5(NAMESPACE_DNS, f"{name.strip().casefold()}.koppel.local")


def operator(name: str, *, payload: bool = False) -> Person:
    """Somebody who operates. Belongs to no organisation: services see one in which nothing is."""
    own = operator_id(name)
    return Person(
        id=own,
        organisation_id=own,
        name=name.strip(),
        rights=RIGHTS if payload else OPERATOR_RIGHTS,
    )
