"""A database that went back in time: seen before the first write, and acknowledged by a person."""

from koppel.platform.restore.accepting import Acceptance, accept_restore
from koppel.platform.restore.seeing import RestoreCheck

__all__ = ["Acceptance", "RestoreCheck", "accept_restore"]
