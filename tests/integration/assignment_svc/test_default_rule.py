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


async def test_a_new_administration_goes_to_all_beheerders(office: Any) -> None:
    beheerders = {await office.user(Role.BEHEERDER), await office.user(Role.BEHEERDER)}
    await office.user(Role.TEAM_LEADER)
    await office.administrations(3)
    assignments = await office.assignments()
    assert [set(each.placement.user_ids) for each in assignments] == [beheerders] * 3
    assert {(each.rule, each.version) for each in assignments} == {(Rule.DEFAULT, 1)}


async def test_the_event_states_the_assignment_and_its_cause(
    office: Any, processor: Processor, consumer: Subscriptions
) -> None:
    beheerder = await office.user(Role.BEHEERDER)
    arrivals = [delivery(imported(office.id), 1, consumer) for _ in range(2)]
    await processor.apply(arrivals)
    rows = await office._fetch("select key, causation_id, payload from event_log")
    assert {(row["key"], str(row["causation_id"])) for row in rows} == {
        (arrival.key, arrival.event.envelope.id) for arrival in arrivals
    }
    for _, kind, data in await office.events(UUID(arrivals[0].key)):
        assert kind == ASSIGNED
        assert (data["user_ids"], data["rule"]) == ([str(beheerder)], "default")


async def test_a_second_delivery_of_the_batch_changes_nothing(
    office: Any, processor: Processor, consumer: Subscriptions
) -> None:
    await office.user(Role.BEHEERDER)
    batch = [delivery(imported(office.id), 1, consumer) for _ in range(50)]
    await processor.apply(batch)
    await office.user(Role.BEHEERDER)
    await processor.apply(batch)
    assignments = await office.assignments()
    assert [(each.version, len(each.placement.user_ids)) for each in assignments] == [(1, 1)] * 50
    assert await office._fetch("select count(*) from event_log") == [(50,)]


async def test_a_rebuild_from_the_log_keeps_what_people_assigned(
    office: Any, processor: Processor, consumer: Subscriptions, database: Database
) -> None:
    beheerder, other = await office.user(Role.BEHEERDER), await office.user()
    batch = [delivery(imported(office.id), 1, consumer)]
    await processor.apply(batch)
    await office.apply(await office.plan_users(UsersMode.REPLACE, other))
    async with database.system() as connection:
        await connection.execute("delete from consumer_head where key = $1", batch[0].key)
    await processor.apply(batch)
    [assignment] = await office.assignments()
    assert assignment.placement.user_ids == (other,)
    assert beheerder not in assignment.placement.user_ids


async def test_without_a_beheerder_nobody_is_assigned_and_a_later_one_is_not_added(office: Any) -> None:
    await office.administrations(1)
    await office.user(Role.BEHEERDER)
    [assignment] = await office.assignments()
    assert (assignment.placement.user_ids, assignment.rule) == ((), Rule.DEFAULT)


async def test_one_batch_serves_many_offices(
    new_office: Any, processor: Processor, consumer: Subscriptions
) -> None:
    offices = [new_office() for _ in range(3)]
    beheerders = [await office.user(Role.BEHEERDER) for office in offices]
    await processor.apply(
        [delivery(imported(office.id), 1, consumer) for office in offices for _ in range(2)]
    )
    for office, beheerder in zip(offices, beheerders, strict=True):
        assert [each.placement.user_ids for each in await office.assignments()] == [(beheerder,)] * 2


async def test_a_run_leaves_one_audit_row_an_import_session(office: Any) -> None:
    await office.administrations(20)
    assert await office.acts() == ["assignment.defaulted"]


async def test_a_removed_administration_is_unassigned(
    office: Any, processor: Processor, consumer: Subscriptions
) -> None:
    await office.user(Role.BEHEERDER)
    kept, gone = await office.administrations(2)
    batch = [delivery(removed(gone, "connection_deleted"), 2, consumer)]
    await processor.apply(batch)
    await processor.apply(batch)
    assert [each.administration_id for each in await office.assignments()] == [kept.administration_id]
    history = await office.events(gone.administration_id)
    assert [(version, kind) for version, kind, _ in history] == [(1, ASSIGNED), (2, UNASSIGNED)]
    assert history[1][2]["reason"] == "connection_deleted"


async def test_a_removal_of_an_unknown_administration_passes(
    office: Any, processor: Processor, consumer: Subscriptions
) -> None:
    await processor.apply([delivery(removed(imported(office.id)), 1, consumer)])
    assert await office._fetch("select count(*) from event_log") == [(0,)]


async def test_a_user_sees_administrations_under_their_newest_name(
    office: Any, processor: Processor, consumer: Subscriptions
) -> None:
    beheerder = await office.user(Role.BEHEERDER)
    [event] = await office.administrations(1)
    await processor.apply([delivery(renamed(event, "Slagerij Van Dam"), 2, consumer)])
    async with office.work.begin(office.id) as tx:
        seen = await tx.assignments.seen_by(beheerder, "VAN dam", None, 10)
        assert [(each.name, each.rule) for each in seen] == [("Slagerij Van Dam", "default")]
        assert await tx.assignments.seen_by(beheerder, "van%", None, 10) == []
        assert await tx.assignments.seen_by(new_id(), None, None, 10) == []
