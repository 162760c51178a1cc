"""The consumer's side of a replay: its events come by the consumer's lane, and leave their effects once."""

from koppel.platform.replay.target.health import ReplayHealth
from koppel.platform.replay.target.processor import ReplayProcessor, replay_feed

__all__ = ["ReplayHealth", "ReplayProcessor", "replay_feed"]
