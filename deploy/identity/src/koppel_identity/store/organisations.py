"""Organisations that were made here, with their people: what the services do not know yet, or cannot tell now."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from koppel_identity.claims import Person


@dataclass(frozen=True, slots=True)
class Organisation:
    id: UUID
    name: str


class Organisations:
    """`told`: whether the services were told of it. Then they know better."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, organisation: Organisation, person: Person) -> None:
        with self._connection:
            self._connection.execute(
                "insert into organisation (id, name) values (?, ?)", (str(organisation.id), organisation.name)
            )
            self._connection.execute(
                "insert into person (id, organisation_id, name, email, role) values (?, ?, ?, ?, ?)",
                (str(person.id), str(organisation.id), person.name, person.email, person.roles[0]),
            )

    def all(self) -> list[Organisation]:
        rows = self._connection.execute("select id, name from organisation order by name, id")
        return [Organisation(UUID(row["id"]), row["name"]) for row in rows]

    def name_of(self, organisation_id: UUID) -> str | None:
        row = self._connection.execute(
            "select name from organisation where id = ?", (str(organisation_id),)
        ).fetchone()
        return None if row is None else str(row["name"])

    def people(self, organisation_id: UUID, *, untold: bool = False) -> Iterator[Person]:
        """Those that were made here; `untold`: only those that the directory was not told of."""
        name = self.name_of(organisation_id) or ""
        rows = self._connection.execute(
            "select * from person where organisation_id = ? and told <= ? order by name, id",
            (str(organisation_id), 0 if untold else 1),
        )
        for row in rows.fetchall():
            yield Person(
                id=UUID(row["id"]),
                organisation_id=organisation_id,
                organisation_name=name,
                name=row["name"],
                email=row["email"],
                roles=(row["role"],),
            )

    def is_untold(self, organisation_id: UUID) -> bool:
        row = self._connection.execute(
            "select 1 from organisation where id = ? and not told", (str(organisation_id),)
        ).fetchone()
        return row is not None

    def mark_person_told(self, person_id: UUID) -> None:
        with self._connection:
            self._connection.execute("update person set told = 1 where id = ?", (str(person_id),))

    def mark_told(self, organisation_id: UUID) -> None:
        with self._connection:
            self._connection.execute("update organisation set told = 1 where id = ?", (str(organisation_id),))
