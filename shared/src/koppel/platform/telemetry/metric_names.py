"""The closed list of metrics: a name that is not here cannot be counted. Kind, meaning and labels of each.

Labels hold few values: never an id, a URL or free text. None is `job` or `instance`: those are Prometheus's own.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "histogram", "gauge"]

CounterName = Literal[
    "koppel_http_requests_total",
    "koppel_http_idempotent_replays_total",
    "koppel_relay_published_total",
    "koppel_relay_failures_total",
    "koppel_consumer_events_total",
    "koppel_consumer_batches_total",
    "koppel_consumer_refused_facts_total",
    "koppel_provider_calls_total",
    "koppel_budget_exhausted_total",
    "koppel_budget_counters_ignored_total",
    "koppel_key_notices_total",
    "koppel_token_refreshes_total",
    "koppel_token_loans_total",
    "koppel_vault_rejections_total",
    "koppel_key_mismatches_total",
    "koppel_logins_total",
    "koppel_discoveries_total",
    "koppel_assignments_changed_total",
    "koppel_sync_runs_total",
    "koppel_sync_records_total",
    "koppel_sync_missed_by_incremental_total",
    "koppel_sync_overlap_raised_total",
    "koppel_job_runs_total",
]
HistogramName = Literal[
    "koppel_http_request_seconds",
    "koppel_relay_publish_seconds",
    "koppel_consumer_batch_seconds",
    "koppel_consumer_event_age_seconds",
    "koppel_provider_call_seconds",
    "koppel_sync_run_seconds",
    "koppel_job_seconds",
]
GaugeName = Literal[
    "koppel_relay_oldest_pending_seconds",
    "koppel_relay_pending_events",
    "koppel_relay_shards",
    "koppel_relay_refused_streams",
    "koppel_consumer_state",
    "koppel_consumer_parked_events",
    "koppel_consumer_parked_causes",
    "koppel_consumer_oldest_parked_seconds",
    "koppel_consumer_seconds_behind",
    "koppel_consumer_held_events",
    "koppel_consumer_oldest_gap_seconds",
    "koppel_consumer_contested_events",
    "koppel_sync_runs_running",
    "koppel_sync_pauses",
    "koppel_sync_held_deletions",
    "koppel_sync_overdue_seconds",
    "koppel_sync_budget_waits",
    "koppel_sync_administrations",
    "koppel_sync_fresh_ratio",
    "koppel_replay_pending_events",
    "koppel_replay_still_seconds",
    "koppel_grants",
    "koppel_grants_reauthorization_required",
    "koppel_grants_our_fault",
    "koppel_job_failing_seconds",
    "koppel_process_ready",
    "koppel_process_role",
]
MetricName = CounterName | HistogramName | GaugeName


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metric counts (unit in the name) and the labels it carries."""

    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


METRICS: dict[MetricName, Metric] = {
    "koppel_http_requests_total": Metric("counter", "answered HTTP requests", ("method", "route", "status")),
    "koppel_http_request_seconds": Metric("histogram", "time to answer", ("method", "route")),
    "koppel_http_idempotent_replays_total": Metric("counter", "answers repeated for an Idempotency-Key"),
    "koppel_relay_published_total": Metric("counter", "events that Kafka acknowledged", ("topic",)),
    "koppel_relay_failures_total": Metric("counter", "sends that failed", ("topic",)),
    "koppel_relay_publish_seconds": Metric("histogram", "commit of an event to its acknowledgement"),
    "koppel_relay_oldest_pending_seconds": Metric("gauge", "age of the oldest event not in Kafka yet"),
    "koppel_relay_pending_events": Metric("gauge", "events not in Kafka yet; 1,000 when they are more"),
    "koppel_relay_shards": Metric("gauge", "shards of keys that this process relays"),
    "koppel_relay_refused_streams": Metric("gauge", "streams that wait for an event that Kafka refuses"),
    "koppel_consumer_events_total": Metric("counter", "events taken from Kafka", ("consumer", "topic")),
    "koppel_consumer_refused_facts_total": Metric(
        "counter", "Events passed without effect: they name what is another organisation's.", ("type",)
    ),
    "koppel_consumer_batches_total": Metric(
        "counter", "batches; result: done, tried_again", ("consumer", "result")
    ),
    "koppel_consumer_batch_seconds": Metric("histogram", "time of one batch transaction", ("consumer",)),
    "koppel_consumer_event_age_seconds": Metric(
        "histogram", "age of an event when its effect commits", ("consumer", "topic")
    ),
    "koppel_consumer_state": Metric(
        "gauge", "1 while the consumer polls, 0 while it does not", ("consumer",)
    ),
    "koppel_consumer_parked_events": Metric(
        "gauge", "events waiting for a retry or an operator", ("consumer",)
    ),
    "koppel_consumer_parked_causes": Metric(
        "gauge",
        "parked events by cause; waits_for: retry, operator",
        ("consumer", "cause", "waits_for"),
    ),
    "koppel_consumer_seconds_behind": Metric(
        "gauge", "age of the oldest event in hand, 0 when none is", ("consumer",)
    ),
    "koppel_consumer_oldest_parked_seconds": Metric("gauge", "age of the oldest parked event", ("consumer",)),
    "koppel_consumer_held_events": Metric("gauge", "events behind a parked or missing one", ("consumer",)),
    "koppel_consumer_oldest_gap_seconds": Metric(
        "gauge", "age of the oldest event that waits for one that did not come", ("consumer",)
    ),
    "koppel_consumer_contested_events": Metric(
        "gauge", "parked events of another source, or of a version that another event was", ("consumer",)
    ),
    "koppel_provider_calls_total": Metric(
        "counter", "calls to providers", ("provider", "endpoint", "outcome")
    ),
    "koppel_provider_call_seconds": Metric("histogram", "time of one call", ("provider", "endpoint")),
    "koppel_budget_exhausted_total": Metric(
        "counter", "lots that could not be drawn: the window has no calls left", ("provider", "window")
    ),
    "koppel_budget_counters_ignored_total": Metric(
        "counter", "counters of answers that tell more calls left than the limit", ("provider", "window")
    ),
    "koppel_key_notices_total": Metric("counter", "notices of keys that providers sent", ("outcome",)),
    "koppel_token_refreshes_total": Metric("counter", "token refreshes", ("provider", "outcome")),
    "koppel_token_loans_total": Metric(
        "counter", "access tokens issued to services", ("provider", "outcome")
    ),
    "koppel_vault_rejections_total": Metric(
        "counter", "ciphertexts that did not belong where they were found"
    ),
    "koppel_key_mismatches_total": Metric(
        "counter", "wrapped keys that the key-encryption key does not open"
    ),
    "koppel_logins_total": Metric("counter", "login rounds that came back", ("provider", "outcome")),
    "koppel_grants": Metric("gauge", "grants that work or wait for a new login"),
    "koppel_grants_reauthorization_required": Metric("gauge", "grants that wait for a new login"),
    "koppel_grants_our_fault": Metric(
        "gauge", "working grants whose refresh was refused for a fault of ours", ("provider",)
    ),
    "koppel_discoveries_total": Metric("counter", "discoveries", ("provider", "outcome")),
    "koppel_assignments_changed_total": Metric("counter", "assignments changed", ("rule",)),
    "koppel_sync_runs_total": Metric("counter", "finished sync runs", ("mode", "outcome")),
    "koppel_sync_records_total": Metric(
        "counter", "records seen; result: changed, unchanged, deleted, failed", ("resource", "result")
    ),
    "koppel_sync_run_seconds": Metric("histogram", "time of a sync run", ("mode",)),
    "koppel_sync_runs_running": Metric("gauge", "sync runs in work in this process"),
    "koppel_sync_pauses": Metric(
        "gauge", "pauses of syncs; provider where one is held", ("scope", "cause", "provider")
    ),
    "koppel_sync_held_deletions": Metric("gauge", "deletions that wait for a person"),
    "koppel_sync_overdue_seconds": Metric(
        "gauge", "how long the sync that is due longest has not been asked for"
    ),
    "koppel_sync_budget_waits": Metric(
        "gauge",
        "administrations that wait more than ten minutes for calls that the provider allows",
        ("provider",),
    ),
    "koppel_sync_administrations": Metric(
        "gauge", "administrations that synchronise by themselves", ("provider",)
    ),
    "koppel_replay_pending_events": Metric("gauge", "events of running replays that are not dealt with yet"),
    "koppel_replay_still_seconds": Metric(
        "gauge", "how long the running replay that has not moved for longest has not"
    ),
    "koppel_sync_fresh_ratio": Metric(
        "gauge", "part of scheduled administrations whose data is as fresh as it is to be", ("provider",)
    ),
    "koppel_sync_missed_by_incremental_total": Metric(
        "counter", "changes that increments should have found and a whole reading did", ("resource",)
    ),
    "koppel_sync_overlap_raised_total": Metric(
        "counter", "times that increments ask from earlier, because changes were missed", ("resource",)
    ),
    "koppel_job_runs_total": Metric("counter", "rounds of a periodic job", ("task", "outcome")),
    "koppel_job_seconds": Metric("histogram", "time of one round of a periodic job", ("task",)),
    "koppel_job_failing_seconds": Metric(
        "gauge", "how long every round of a periodic job has failed, 0 after one that was done", ("task",)
    ),
    "koppel_process_ready": Metric(
        "gauge", "1 while the process is started, not stopping, and its checks pass"
    ),
    "koppel_process_role": Metric("gauge", "1 for each role that this process has", ("role",)),
}
