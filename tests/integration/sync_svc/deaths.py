"""Workers that die while they read."""

import pytest

from koppel.platform.leases import Lease

from .office import Office


class Killed(BaseException):
    """The process is gone: nothing of ours handles this."""


async def killed_at(office: Office, lease: Lease, page: int) -> None:
    """The worker dies when it fetches this page of the customers; its lease runs out."""

    def die(listing: str, number: int) -> None:
        if (listing, number) == ("customers", page):
            raise Killed

    office.package.fault = die
    with pytest.raises(Killed):
        await office.perform_under(lease)
    office.package.fault = lambda listing, number: None
    await office.let_expire(lease)
