"""Events in: import-svc's facts of administrations, at least once, effects once, in the order of each administration.

Group `connection-svc`, from the earliest event, manual offsets after the transaction; what fails is parked with its
cause and its administration's later events wait behind it.
"""

from collections.abc import Sequence

from connection_svc.application import follow_administrations
from connection_svc.application.ports import Transaction
from koppel.contracts.administration import (
    AdministrationImported,
    AdministrationMoved,
    AdministrationRemoved,
    AdministrationVanished,
)
from koppel.contracts.topics import ADMINISTRATION
from koppel.platform.consumer import Projection, RebuildPolicy, ReceivedEvent, Subscriptions
from koppel.platform.database import Connection
from koppel.platform.unit_of_work import UnitOfWork

CONSUMER = "connection-svc"
TABLES = RebuildPolicy(
    projections=(Projection("served_administration", ADMINISTRATION, key="administration_id"),),
    others=(
        "connection",
        "connection_grant",
        "login_round",
        "data_key",
        "token_rotation",
        "provider_revocation",
        "key_canary",
        "login_key",
        "token_call",
        "key_notice",
        "key_reference",
        "organisation",
    ),
)


def subscriptions(unit_of_work: UnitOfWork[Transaction]) -> Subscriptions:
    """Everything that connection-svc reads."""
    handlers = _Handlers(unit_of_work)
    result = Subscriptions(CONSUMER, TABLES)
    result.on_run(AdministrationImported, handlers.imported)
    result.on(AdministrationMoved, handlers.moved)
    result.on(AdministrationVanished, handlers.vanished)
    result.on_run(AdministrationRemoved, handlers.removed)
    return result


class _Handlers:
    def __init__(self, unit_of_work: UnitOfWork[Transaction]) -> None:
        self._unit_of_work = unit_of_work

    async def imported(
        self, run: Sequence[ReceivedEvent[AdministrationImported]], connection: Connection
    ) -> None:
        tx = self._unit_of_work.consuming(connection, *run)
        await follow_administrations.serve(tx, [received.data for received in run])

    async def moved(self, received: ReceivedEvent[AdministrationMoved], connection: Connection) -> None:
        tx = self._unit_of_work.consuming(connection, received)
        await follow_administrations.move(tx, received.data)

    async def vanished(self, received: ReceivedEvent[AdministrationVanished], connection: Connection) -> None:
        tx = self._unit_of_work.consuming(connection, received)
        await follow_administrations.vanish(tx, received.data)

    async def removed(
        self, run: Sequence[ReceivedEvent[AdministrationRemoved]], connection: Connection
    ) -> None:
        tx = self._unit_of_work.consuming(connection, *run)
        await follow_administrations.leave(tx, [received.data for received in run])
