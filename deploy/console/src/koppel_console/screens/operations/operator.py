"""Whose screens these are: people with the right `operator`; and which services they ask."""

from asyncio import gather
from typing import Annotated, Literal, get_args

from fastapi import Depends

from koppel_console.pages.visit import NotThere, Visit, Visitor
from koppel_console.services.calls import Query
from koppel_console.services.panel import Panel
from koppel_console.services.problem import Problem

Service = Literal["connection-svc", "import-svc", "assignment-svc", "sync-svc"]
SERVICES: tuple[Service, ...] = get_args(Service)


async def _operator(visit: Visitor) -> Visit:
    """A visit of an operator. Raises `NotThere`, which says what is missing; services decide by the token itself."""
    if visit.session is None or not visit.session.is_operator:
        raise NotThere(
            Problem(
                service="koppel-console",
                status=403,
                code="operator_required",
                detail="This needs the right operator in the token.",
                correlation_id=visit.correlation_id,
            )
        )
    return visit


Operator = Annotated[Visit, Depends(_operator)]


async def of_each(
    visit: Visit, path: str, services: tuple[Service, ...] = SERVICES, /, **query: Query
) -> list[Panel]:
    """The same question to several services, side by side; each answer is a panel of its own."""
    return list(await gather(*(visit.calls.read(service, path, **query) for service in services)))


def named(service: str) -> tuple[Service, ...]:
    """The services that a filter means: the one with this name, else all."""
    return tuple(each for each in SERVICES if each == service) or SERVICES
