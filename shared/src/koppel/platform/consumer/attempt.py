"""One event to its handler, under a savepoint."""

from contextlib import nullcontext

from koppel.contracts.event import Event
from koppel.kernel.errors import IllegalTransition, OrganisationMismatch, Transient
from koppel.platform.consumer.changes import ChangeCounter
from koppel.platform.consumer.refused import tell_refused
from koppel.platform.consumer.subscriptions import ReceivedEvent, Subscription
from koppel.platform.database import Connection
from koppel.platform.telemetry.commit_lines import lines_of_savepoint

_CHECK_NOW = "set constraints all immediate; set constraints all deferred"
"""What a handler broke must show while its savepoint is there; at the commit it would take the whole batch with it."""


class HandlerUnavailable(Transient):
    """A handler met a time-out or a refused connection that was not its database session's."""

    def __init__(self, error: OSError) -> None:
        detail = f"The handler raised {type(error).__name__}; see the log."
        super().__init__("handler_unavailable", detail)


async def attempt(
    subscription: Subscription,
    event: ReceivedEvent[Event],
    connection: Connection,
    changes: ChangeCounter | None = None,
) -> None:
    """Run the handler for one event under a savepoint. Raises what it raised, and `HandlerUnavailable`. What it changed
    before it failed is taken off `changes`.

    An event that names what is another organisation's, or asks for a change that the state of what it names does not
    allow, is done with, without effect: parked, it would hold up the stream of whom it names.
    """
    try:
        with lines_of_savepoint():
            async with changes.savepoint() if changes else nullcontext(), connection.transaction():
                await subscription.on_run([event], connection)
                await connection.execute(_CHECK_NOW)
    except (OrganisationMismatch, IllegalTransition) as refused:
        tell_refused(event, refused)
    except OSError as error:
        if connection.is_closed():
            raise
        raise HandlerUnavailable(error) from error
