"""The relay: carries committed events from the log to Kafka, in order per stream, at least once."""

from koppel.platform.relay.relay import Relay

__all__ = ["Relay"]
