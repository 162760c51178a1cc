"""The budget ledger: this service's share of every provider's rate windows, in rows that all its processes share.

`ledger`: lots are drawn, settled and refused. `draw.sql`, `settle.sql`, `make.sql`, `refuse.sql`: one statement each.
"""

from koppel.platform.budget.ledger import LEASE, PostgresBudget, forget_spend

__all__ = ["LEASE", "PostgresBudget", "forget_spend"]
