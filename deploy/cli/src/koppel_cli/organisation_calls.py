"""Calls for one office, as one of its people: `/v1`."""

import os

from koppel_cli.operations import ServiceCalls, services
from koppel_local.failure import SetupFailed


def service_for_organisation(name: str) -> ServiceCalls:
    """The service, called with the person's token in `KOPPEL_TOKEN`. Raises `SetupFailed` without one."""
    if not os.environ.get("KOPPEL_TOKEN"):
        raise SetupFailed(
            "no_person",
            "An office's lists need the token of one of its people in KOPPEL_TOKEN.",
            hint="`koppel token --organisation UUID --user UUID --role beheerder` makes one for the local stack.",
        )
    [service] = services(name)
    return service
