"""One budget of calls for each source address: all clients, logins and administrations together."""

from koppel_sandbox.instants import SECOND
from koppel_sandbox.provider import Headers
from koppel_sandbox.providers.moneybird.settings import WINDOW_MINUTES
from koppel_sandbox.windows import Window

WINDOW = WINDOW_MINUTES * 60 * SECOND


def rate_headers(budget: Window, address: str) -> Headers:
    """What every answer of the API says of the budget; `RateLimit-Reset` is an epoch second."""
    if not budget.limit:
        return ()
    return (
        ("ratelimit-limit", str(budget.limit)),
        ("ratelimit-remaining", str(budget.remaining((address,)))),
        ("ratelimit-reset", str(resets_at(budget, address))),
    )


def resets_at(budget: Window, address: str) -> int:
    """Epoch second at which the address's window ends."""
    return -(-budget.ends((address,)) // SECOND)
