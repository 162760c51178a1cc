"""The accountancy office of the demonstration: new ids at every run, the same people."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Employee:
    """A user of the office."""

    name: str
    role: Role
    id: UUID = field(default_factory=new_id)

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@kantoor-lindeboom.example"


@dataclass(frozen=True, slots=True)
class Named:
    """A division or template."""

    name: str
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Two beheerders, two others, two divisions, one template."""

    name: str = "Kantoor Lindeboom"
    organisation_id: UUID = field(default_factory=new_id)
    employees: tuple[Employee, ...] = field(
        default_factory=lambda: (
            Employee("Marieke Lindeboom", Role.BEHEERDER),
            Employee("Joost van Dijk", Role.BEHEERDER),
            Employee("Fatima el Amrani", Role.USER_PLUS),
            Employee("Pieter de Groot", Role.USER),
        )
    )
    divisions: tuple[Named, ...] = field(default_factory=lambda: (Named("MKB Noord"), Named("MKB Zuid")))
    templates: tuple[Named, ...] = field(default_factory=lambda: (Named("Btw per kwartaal"),))

    @classmethod
    def of(cls, *, organisation_id: UUID, beheerder_id: UUID) -> "Organisation":
        """The office of somebody who is known already: its first beheerder."""
        first, *others = cls().employees
        return cls(organisation_id=organisation_id, employees=(replace(first, id=beheerder_id), *others))

    @property
    def administrators(self) -> tuple[Employee, ...]:
        return tuple(each for each in self.employees if each.role is Role.BEHEERDER)

    @property
    def others(self) -> tuple[Employee, ...]:
        return tuple(each for each in self.employees if each.role is not Role.BEHEERDER)

    def name_of(self, identifier: str | None) -> str:
        """The name behind an id of a user, division or template; a dash for none."""
        everything: tuple[Employee | Named, ...] = (*self.employees, *self.divisions, *self.templates)
        return next((each.name for each in everything if str(each.id) == identifier), "–")
