"""The consumer's side of a replay: events that come again by its lane, and asking for those that never came."""

from koppel.platform.consumer.lane.inbox import LaneInbox, lane_feed

__all__ = ["LaneInbox", "lane_feed"]
