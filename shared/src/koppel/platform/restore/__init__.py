"""A database that went back in time: seen before the first write, and acknowledged by a person."""

from koppel.platform.restore.acknowledge import Acceptance, accept_restore
from koppel.platform.restore.detect import RestoreCheck

__all__ = ["Acceptance", "RestoreCheck", "accept_restore"]
