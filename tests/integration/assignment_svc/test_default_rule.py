"""Each newly imported administration goes to all beheerders of that moment, exactly once."""

from typing import Any
from uuid import UUID

from assignment_svc.domain.assignment import Rule
from assignment_svc.domain.plan import UsersMode
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database
from koppel.testing.administrations import imported, removed, renamed
from koppel.testing.deliveries import delivery

ASSIGNED = "nl.koppel.AdministrationAssigned.v1"
UNASSIGNED = "nl.koppel.AdministrationUnassigned.v1"


async def test_a_new_administration_goes_to_all_administrators(organisation: Any) -> None:
    administrators = {await organisation.user(Role.BEHEERDER), await organisation.user(Role.BEHEERDER)}
    await organisation.user(Role.TEAM_LEADER)
    await organisation.administrations(3)
    assignments = await organisation.assignments()
    assert [set(each.placement.user_ids) for each in assignments] == [administrators] * 3
    assert {(each.rule, each.version) for each in assignments} == {(Rule.DEFAULT, 1)}


async def test_the_event_states_the_assignment_and_its_cause(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    beheerder = await organisation.user(Role.BEHEERDER)
    arrivals = [delivery(imported(organisation.id), 1, consumer) for _ in range(2)]
    await processor.apply(arrivals)
    rows = await organisation._fetch("select key, causation_id, payload from event_log")
    assert {(row["key"], str(row["causation_id"])) for row in rows} == {
        (arrival.key, arrival.event.envelope.id) for arrival in arrivals
    }
    for _, kind, data in await organisation.events(UUID(arrivals[0].key)):
        assert kind == ASSIGNED
        assert (data["user_ids"], data["rule"]) == ([str(beheerder)], "default")


async def test_a_second_delivery_of_the_batch_changes_nothing(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    await organisation.user(Role.BEHEERDER)
    batch = [delivery(imported(organisation.id), 1, consumer) for _ in range(50)]
    await processor.apply(batch)
    await organisation.user(Role.BEHEERDER)
    await processor.apply(batch)
    assignments = await organisation.assignments()
    assert [(each.version, len(each.placement.user_ids)) for each in assignments] == [(1, 1)] * 50
    assert await organisation._fetch("select count(*) from event_log") == [(50,)]


async def test_a_rebuild_from_the_log_keeps_what_people_assigned(
    organisation: Any, processor: Processor, consumer: Subscriptions, database: Database
) -> None:
    beheerder, other = await organisation.user(Role.BEHEERDER), await organisation.user()
    batch = [delivery(imported(organisation.id), 1, consumer)]
    await processor.apply(batch)
    await organisation.apply(await organisation.plan_users(UsersMode.REPLACE, other))
    async with database.system() as connection:
        await connection.execute("delete from consumer_head where key = $1", batch[0].key)
    await processor.apply(batch)
    [assignment] = await organisation.assignments()
    assert assignment.placement.user_ids == (other,)
    assert beheerder not in assignment.placement.user_ids


async def test_without_a_beheerder_nobody_is_assigned_and_a_later_one_is_not_added(organisation: Any) -> None:
    await organisation.administrations(1)
    await organisation.user(Role.BEHEERDER)
    [assignment] = await organisation.assignments()
    assert (assignment.placement.user_ids, assignment.rule) == ((), Rule.DEFAULT)


async def test_one_batch_serves_many_organisations(
    new_organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    organisations = [new_organisation() for _ in range(3)]
    administrators = [await organisation.user(Role.BEHEERDER) for organisation in organisations]
    await processor.apply(
        [delivery(imported(organisation.id), 1, consumer) for organisation in organisations for _ in range(2)]
    )
    for organisation, administrator in zip(organisations, administrators, strict=True):
        assert [each.placement.user_ids for each in await organisation.assignments()] == [
            (administrator,)
        ] * 2


async def test_a_run_leaves_one_audit_row_an_import_session(organisation: Any) -> None:
    await organisation.administrations(20)
    assert await organisation.acts() == ["assignment.defaulted"]


async def test_a_removed_administration_is_unassigned(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    await organisation.user(Role.BEHEERDER)
    kept, gone = await organisation.administrations(2)
    batch = [delivery(removed(gone, "connection_deleted"), 2, consumer)]
    await processor.apply(batch)
    await processor.apply(batch)
    assert [each.administration_id for each in await organisation.assignments()] == [kept.administration_id]
    history = await organisation.events(gone.administration_id)
    assert [(version, kind) for version, kind, _ in history] == [(1, ASSIGNED), (2, UNASSIGNED)]
    assert history[1][2]["reason"] == "connection_deleted"


async def test_a_removal_of_an_unknown_administration_passes(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    await processor.apply([delivery(removed(imported(organisation.id)), 1, consumer)])
    assert await organisation._fetch("select count(*) from event_log") == [(0,)]


async def test_a_user_sees_administrations_under_their_newest_name(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    beheerder = await organisation.user(Role.BEHEERDER)
    [event] = await organisation.administrations(1)
    await processor.apply([delivery(renamed(event, "Slagerij Van Dam"), 2, consumer)])
    async with organisation.work.begin(organisation.id) as tx:
        seen = await tx.assignments.seen_by(beheerder, "VAN dam", None, 10)
        assert [(each.name, each.rule) for each in seen] == [("Slagerij Van Dam", "default")]
        assert await tx.assignments.seen_by(beheerder, "van%", None, 10) == []
        assert await tx.assignments.seen_by(new_id(), None, None, 10) == []
