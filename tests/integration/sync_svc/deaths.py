"""Workers that die while they read."""

import pytest

from koppel.platform.leases import Lease

from .organisation import Organisation


class Killed(BaseException):
    """The process is gone: nothing of ours handles this."""


async def killed_at(organisation: Organisation, lease: Lease, page: int) -> None:
    """The worker dies when it fetches this page of the customers; its lease runs out."""

    def die(listing: str, number: int) -> None:
        if (listing, number) == ("customers", page):
            raise Killed

    organisation.provider.fault = die
    with pytest.raises(Killed):
        await organisation.perform_under(lease)
    organisation.provider.fault = lambda listing, number: None
    await organisation.let_expire(lease)
