"""Calls for one office, as one of its people: `/v1`."""

from koppel_cli.credentials import person_token
from koppel_cli.operations import ServiceCalls, services


def service_for_organisation(name: str) -> ServiceCalls:
    """The service, called with the person's token in `KOPPEL_TOKEN`. Raises `CommandFailed` without one."""
    [service] = services(name, token=person_token())
    return service
