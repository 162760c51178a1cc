"""The event log: facts are appended in the transaction that makes them true, and kept for replay."""

from koppel.platform.event_log.append import Cause, EventLog
from koppel.platform.event_log.newest import Newest, newest

__all__ = ["Cause", "EventLog", "Newest", "newest"]
