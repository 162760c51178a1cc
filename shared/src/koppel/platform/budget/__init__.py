"""The budget ledger: this service's share of every provider's rate windows, in rows that all its processes share.

`ledger`: lots are drawn, settled and refused. `places`: calls in flight for a company. `standing`: how the windows stand, who spent what. `draw.sql`, `settle.sql`, `make.sql`, `refuse.sql`: one statement each.
"""

from koppel.platform.budget.ledger import LEASE, PostgresBudget, forget_spend
from koppel.platform.budget.places import CompanyPlaces
from koppel.platform.budget.standing import Spent, WindowUse, spent_lately, windows_in_use

__all__ = [
    "LEASE",
    "CompanyPlaces",
    "PostgresBudget",
    "Spent",
    "WindowUse",
    "forget_spend",
    "spent_lately",
    "windows_in_use",
]
