"""Events that are passed without effect, since they name what is another organisation's or ask for what the state does
not allow: counted and told."""

import logging

from koppel.contracts.event import Event
from koppel.kernel.errors import IllegalTransition, KoppelError, OrganisationMismatch
from koppel.platform.consumer.subscriptions import ReceivedEvent
from koppel.platform.telemetry import log_on_commit, metrics

log = logging.getLogger(__name__)

_WHY: dict[type[KoppelError], str] = {
    OrganisationMismatch: "event passed: it names what is another organisation's",
    IllegalTransition: "event passed: the state of what it names does not allow it",
}


def tell_refused(event: ReceivedEvent[Event], refused: OrganisationMismatch | IllegalTransition) -> None:
    """One line and one count, when the transaction that passed it commits."""
    name = event.data.type_name()
    metrics.count("koppel_consumer_refused_facts_total", type=name)
    log_on_commit(
        log, logging.WARNING, _WHY[type(refused)], event_type=name,
        event_id=event.envelope.id, key=event.data.key, organisation_id=event.data.organisation_id,
        detail=refused.detail, correlation_id=event.envelope.correlation_id,
    )  # fmt: skip
