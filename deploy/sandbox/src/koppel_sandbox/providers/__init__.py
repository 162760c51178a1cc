"""The providers that the sandbox stands in for: one line each. The id is the path prefix and the name in control calls."""

from collections.abc import Callable, Mapping

from koppel_sandbox.provider import Provider, Start
from koppel_sandbox.providers.eaccounting.provider import EAccounting
from koppel_sandbox.providers.exact_online.provider import ExactOnline
from koppel_sandbox.providers.kvk.provider import Kvk
from koppel_sandbox.providers.moneybird.provider import Moneybird
from koppel_sandbox.providers.snelstart.provider import SnelStart

PROVIDERS: Mapping[str, Callable[[Start], Provider]] = {
    "eaccounting": EAccounting,
    "exact_online": ExactOnline,
    "moneybird": Moneybird,
    "snelstart": SnelStart,
    "kvk": Kvk,
}
DEFAULT = "eaccounting"
"""Also answers without a prefix; the one that a control call means when it names none."""
