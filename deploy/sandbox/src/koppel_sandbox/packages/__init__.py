"""The packages that the sandbox stands in for: one line each. The id is the path prefix and the name in control calls."""

from collections.abc import Callable, Mapping

from koppel_sandbox.package import Package, Start
from koppel_sandbox.packages.eaccounting.package import EAccounting
from koppel_sandbox.packages.exact_online.package import ExactOnline
from koppel_sandbox.packages.kvk.package import Kvk
from koppel_sandbox.packages.moneybird.package import Moneybird
from koppel_sandbox.packages.snelstart.package import SnelStart

PACKAGES: Mapping[str, Callable[[Start], Package]] = {
    "eaccounting": EAccounting,
    "exact_online": ExactOnline,
    "moneybird": Moneybird,
    "snelstart": SnelStart,
    "kvk": Kvk,
}
DEFAULT = "eaccounting"
"""Also answers without a prefix; the one that a control call means when it names none."""
