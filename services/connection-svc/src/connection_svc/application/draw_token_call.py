"""A token call is drawn before it is made, where the provider takes only so many a day for each login."""

from datetime import datetime, timedelta

from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import Grant
from connection_svc.domain.login import LoginRound
from connection_svc.domain.token_calls import caller_of, used_up
from koppel.providers.profile import RateWindow


async def draw_token_call(ports: Ports, tx: Transaction, grant: Grant, asked_at: datetime) -> None:
    """The caller has locked the grant, so calls of one login are drawn one after another. `asked_at` is the provider's.

    A call that is drawn and not made counts too. Raises `token_calls_used_up`, which says when there is one again.
    """
    window = ports.providers.token_window(grant.provider)
    if window is not None:
        caller = caller_of(grant)
        await _require_one(tx, window, grant.provider, caller, asked_at)
        await tx.token_calls.note(grant.provider, caller, asked_at, _begin(window, asked_at))


async def draw_for_login(ports: Ports, login: LoginRound) -> bytes | None:
    """Before the code of a login that renews a grant is exchanged: it will be the same person's, or is refused.

    Whose call was drawn; None where nothing is known of who logs in. Raises `token_calls_used_up`.
    """
    if login.grant_id is None or ports.providers.token_window(login.provider) is None:
        return None
    told = await ports.providers.time(login.at)
    async with ports.unit_of_work.begin(None) as tx:
        grant = await tx.grants.lock(login.grant_id)
        if grant is None:
            return None
        await draw_token_call(ports, tx, grant, told or tx.now)
    return caller_of(grant)


async def note_token_call(
    ports: Ports, tx: Transaction, provider: str, caller: bytes, called_at: datetime
) -> None:
    """One that was made before it was known whose it is: a login's."""
    window = ports.providers.token_window(provider)
    if window is not None:
        await tx.token_calls.note(provider, caller, called_at, _begin(window, called_at))


async def _require_one(
    tx: Transaction, window: RateWindow, provider: str, caller: bytes, asked_at: datetime
) -> None:
    oldest = await tx.token_calls.oldest_of(provider, caller, window.calls, _begin(window, asked_at))
    if oldest is not None:
        raise used_up(window, oldest, asked_at)


def _begin(window: RateWindow, at: datetime) -> datetime:
    return at - timedelta(seconds=window.seconds)
