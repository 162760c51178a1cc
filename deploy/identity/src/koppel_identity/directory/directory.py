"""Organisations and people as one list each, whoever knows them, and new ones.

What the services were told of is theirs from then on: a person whom somebody removed there does not come back from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel_identity.claims import Person
from koppel_identity.directory.services import Known, Services, Unavailable
from koppel_identity.store.organisations import Organisation, Organisations

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """`complete` is False when a service did not answer, so that only what was made here is in it; `more` where a search
    would find others."""

    items: Sequence[T]
    complete: bool
    more: bool = False


class Directory:
    def __init__(self, own: Organisations, services: Services) -> None:
        self._own = own
        self._services = services

    async def organisations(self, search: str) -> Found[Organisation]:
        """In order of their names, those without one last."""
        own = [each for each in self._own.all() if search.casefold() in each.name.casefold()]
        try:
            known, complete = await self._services.organisations(search), True
        except Unavailable:
            known, complete = Known([], more=False), False
        found = {each.id: each for each in own}
        found |= {each.id: each for each in known.items if each.name or each.id not in found}
        return Found(sorted(found.values(), key=_by_name), complete, known.more)

    async def organisation(self, organisation_id: UUID) -> Organisation:
        """With its name where anybody knows it."""
        own = Organisation(organisation_id, self._own.name_of(organisation_id) or "")
        try:
            known = await self._services.organisations(str(organisation_id))
        except Unavailable:
            return own
        return next((each for each in known.items if each.id == organisation_id and each.name), own)

    async def people(self, organisation: Organisation, search: str) -> Found[Person]:
        """In order of their names; those with the search in name or address."""
        await self._tell_again(organisation)
        try:
            known, complete = await self._services.people(organisation, search), True
            own = self._own.people(organisation.id, untold=True)
        except Unavailable:
            known, complete = Known([], more=False), False
            own = self._own.people(organisation.id)
        matching = [each for each in own if search.casefold() in f"{each.name}\n{each.email}".casefold()]
        found = {each.id: each for each in (*matching, *known.items)}
        in_order = sorted(found.values(), key=lambda each: (each.name.casefold(), each.id))
        return Found(in_order, complete, known.more)

    async def person(self, organisation: Organisation, person_id: UUID) -> Person | None:
        """As the directory has the person now. Raises `Unavailable` when it cannot tell, and nobody here can."""
        try:
            known = await self._services.person(organisation, person_id)
        except Unavailable:
            own = next((each for each in self._own.people(organisation.id) if each.id == person_id), None)
            if own is None:
                raise
            return own
        if known is not None:
            return known
        return next(
            (each for each in self._own.people(organisation.id, untold=True) if each.id == person_id), None
        )

    async def renewed(self, person: Person) -> Person | None:
        """The same person as known now; None for one who has left. An operator is in no directory."""
        if not person.roles:
            return person
        organisation = Organisation(person.organisation_id, person.organisation_name)
        try:
            return await self.person(organisation, person.id)
        except Unavailable:
            return person

    async def add(self, name: str, person_name: str, email: str) -> Person:
        """A new organisation and its first person, a beheerder. The services are told as soon as they answer."""
        organisation = Organisation(new_id(), name)
        person = Person(
            id=new_id(),
            organisation_id=organisation.id,
            organisation_name=name,
            name=person_name,
            email=email,
            roles=(Role.BEHEERDER.value,),
        )
        self._own.add(organisation, person)
        await self._tell_again(organisation)
        return person

    async def _tell_again(self, organisation: Organisation) -> None:
        untold = list(self._own.people(organisation.id, untold=True))
        try:
            for person in untold:
                await self._services.tell_person(person)
                self._own.mark_person_told(person.id)
        except Unavailable:
            return
        if untold or self._own.is_untold(organisation.id):
            await self._tell_name(organisation)

    async def _tell_name(self, organisation: Organisation) -> None:
        by = next(self._own.people(organisation.id), None)
        if by is None:
            return
        try:
            await self._services.tell_organisation(organisation, by)
            self._own.mark_told(organisation.id)
        except Unavailable:
            pass


def _by_name(organisation: Organisation) -> tuple[bool, str, UUID]:
    return (not organisation.name, organisation.name.casefold(), organisation.id)
