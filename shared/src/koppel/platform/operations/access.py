"""What the operators' routes work on, and who may call them."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.kafka.groups import ConsumerGroups
from koppel.platform.consumer.parked.commands import ParkedEvents
from koppel.platform.consumer.parked.dry_run import DryRun
from koppel.platform.consumer.parked.releases import Releases
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database
from koppel.platform.http import require_operator
from koppel.platform.identity import Principal
from koppel.platform.kinds import Kind
from koppel.platform.replay import Replays, ReplayTopics


class Operations:
    """One service's log and, once `consumes` was called, its consumer. A service that reads no events has none.

    `replay_topics` tells which consumers there are besides ours; without it any name is taken for one. `groups` tells
    how far consumers are; without it nothing is told.
    """

    def __init__(
        self,
        database: Database,
        service: str,
        replay_topics: ReplayTopics | None = None,
        groups: ConsumerGroups | None = None,
    ) -> None:
        self.database = database
        self.service = service
        self.groups = groups
        self.replay_topics = replay_topics
        self.replays = Replays(service)
        self.kinds: tuple[Kind, ...] = ()
        """What ids can be here, besides what they can be at every service."""
        self.consumes(Subscriptions(service), RetryPolicy())

    def consumes(self, subscriptions: Subscriptions, policy: RetryPolicy) -> None:
        """The handlers that followers of a discarded event run through. Every process needs them, whatever its roles."""
        self.subscriptions = subscriptions
        self.parked = ParkedEvents(self.database, subscriptions, policy)
        self.releases = Releases(self.database, subscriptions.name)
        self.dry_run = DryRun(self.database, subscriptions, policy)


def install(app: FastAPI, operations: Operations) -> FastAPI:
    """Give the routes what they work on."""
    app.state.operations = operations
    return app


def _of(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations


Ops = Annotated[Operations, Depends(_of)]
OPERATORS_ONLY = Depends(require_operator())
"""A dependency of the routers, so that none of their routes can lack it."""
Operator = Annotated[Principal, OPERATORS_ONLY]
