"""The epoch of a company at its provider, as it is stored: in another one all cursors are worthless."""

from typing import Protocol

from sync_svc.domain.run import Run


class CompanyEpochs(Protocol):
    """One an administration."""

    async def changed(self, run: Run, epoch: str) -> bool:
        """Note it; whether another one was known. With it all cursors of the administration are forgotten."""
        ...
