"""Events that are passed without effect, since they name what is another organisation's: counted and told."""

import logging

from koppel.contracts.event import Event
from koppel.kernel.errors import OrganisationMismatch
from koppel.platform.consumer.subscriptions import Received
from koppel.platform.telemetry import log_on_commit, metrics

log = logging.getLogger(__name__)


def tell_refused(event: Received[Event], refused: OrganisationMismatch) -> None:
    """One line and one count, when the transaction that passed it commits."""
    name = event.data.type_name()
    metrics.count("koppel_consumer_refused_facts_total", type=name)
    log_on_commit(
        log, logging.WARNING, "event passed: it names what is another organisation's", event_type=name,
        event_id=event.envelope.id, key=event.data.key, organisation_id=event.data.organisation_id,
        detail=refused.detail, correlation_id=event.envelope.correlation_id,
    )  # fmt: skip
