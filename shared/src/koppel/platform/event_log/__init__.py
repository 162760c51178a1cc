"""The event log: facts are appended in the transaction that makes them true, and kept for replay."""

from koppel.platform.event_log.append import Cause, EventLog

__all__ = ["Cause", "EventLog"]
