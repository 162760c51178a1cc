"""Which claims of a token say who calls: ours, or those of a company's own issuer, by settings.

A name is that of a claim, or a path into one with dots (`realm_access.roles`); a claim of the whole name goes first. `values` says what
a claim's values mean: where a claim has such a table, what it does not name counts for nothing.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from koppel.contracts.values import Role
from koppel.platform.identity.principal import Principal, PrincipalKind
from koppel.platform.identity.rights import RIGHTS

log = logging.getLogger(__name__)

Table = Mapping[str, str]
_TABLES = ("subject", "kind", "organisation", "roles", "rights")
_LONGEST = 200


class UnusableClaims(ValueError):
    """The claims name nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNames:
    """Where each fact about the caller stands, and what its values mean: by default as in tokens of our own issuer."""

    subject: str = "sub"
    kind: str = "kind"
    organisation: str = "org"
    roles: str = "roles"
    rights: str = "rights"
    values: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))

    def principal(self, claims: Mapping[str, object]) -> Principal:
        """The caller. Raises `UnusableClaims`, and ValueError for an id that is none."""
        kind = self._mapped("kind", _one(_found(claims, self.kind), missing=""))
        subject = _one(_found(claims, self.subject))
        subject = self.values.get("subject", {}).get(subject, subject)
        if not 0 < len(subject) <= _LONGEST:
            raise UnusableClaims
        rights = _known_rights(self._all("rights", _found(claims, self.rights)))
        if kind == PrincipalKind.SERVICE:
            self._check_service(claims)
            return Principal(subject, PrincipalKind.SERVICE, rights=rights)
        if kind != PrincipalKind.PERSON:
            raise UnusableClaims
        organisation = UUID(self._mapped("organisation", _one(_found(claims, self.organisation))))
        # A role that this version does not know gives no right and is no error.
        known = [role.value for role in Role]
        roles = frozenset(
            Role(each) for each in self._all("roles", _found(claims, self.roles)) if each in known
        )
        return Principal(str(UUID(subject)), PrincipalKind.PERSON, organisation, roles, rights)

    def _check_service(self, claims: Mapping[str, object]) -> None:
        """Our issuer gives a service no organisation and no roles; others put their own into every token, and it means nothing."""
        ours = (self.organisation, self.roles) == ("org", "roles")
        if ours and (claims.get("org") is not None or claims.get("roles")):
            raise UnusableClaims

    def _mapped(self, fact: str, value: str) -> str:
        table = self.values.get(fact)
        if table is None:
            return value
        if value not in table:
            raise UnusableClaims
        return table[value]

    def _all(self, fact: str, value: object) -> list[str]:
        table = self.values.get(fact)
        texts = _texts([] if value is None else value)
        return texts if table is None else [table[each] for each in texts if each in table]


def _known_rights(named: list[str]) -> frozenset[str]:
    """As with roles, what this version does not know gives nothing and is no error; but an operator may wonder why."""
    if unknown := sorted(set(named) - RIGHTS):
        log.warning("a token names a right that there is not: %.40r gives nothing", unknown[0])
    return RIGHTS.intersection(named)


def parse_values(text: str) -> Mapping[str, Table]:
    """`{"roles": {"Koppel.Beheerder": "beheerder"}}`. Raises ValueError, which names what is wrong."""
    tables = json.loads(text)
    if not isinstance(tables, dict) or not all(map(_is_table, tables.values())):
        raise ValueError("write it as {fact: {value of the token: what it means}}")
    if unknown := sorted(tables.keys() - set(_TABLES)):
        raise ValueError(f"{unknown[0][:40]!r} is none of {', '.join(_TABLES)}")
    _check_meanings("kind", tables, [each.value for each in PrincipalKind])
    _check_meanings("roles", tables, [each.value for each in Role])
    _check_meanings("rights", tables, sorted(RIGHTS))
    for meaning in tables.get("organisation", {}).values():
        UUID(meaning)
    return MappingProxyType({fact: MappingProxyType(table) for fact, table in tables.items()})


def _check_meanings(fact: str, tables: Mapping[str, Table], known: list[str]) -> None:
    for meaning in tables.get(fact, {}).values():
        if meaning not in known:
            raise ValueError(f"{fact} means one of {', '.join(known)}, not {meaning[:40]!r}")


def _is_table(table: object) -> bool:
    return isinstance(table, dict) and all(isinstance(meaning, str) for meaning in table.values())


def _found(claims: Mapping[str, object], name: str) -> object:
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _one(value: object, *, missing: str | None = None) -> str:
    """A text, or the one text of a list or of an object's names, as some issuers write what may be several."""
    if value is None and missing is not None:
        return missing
    texts = [value] if isinstance(value, str) else list(value) if isinstance(value, list | dict) else []
    if len(texts) != 1 or not isinstance(texts[0], str):
        raise UnusableClaims
    return texts[0]


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UnusableClaims
    return value
