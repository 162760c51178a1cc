"""Deletions that the guard held: released, rejected, seen again, renewed; and what an administration that leaves had."""

import pytest
from pydantic import JsonValue

from koppel.contracts.administration import AdministrationRemoved
from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger
from koppel.kernel.errors import IllegalTransition, NotFound
from koppel.kernel.ids import new_id
from sync_svc.application import delete_records
from sync_svc.application.decide_held_deletion import decide_held_deletion
from sync_svc.application.delete_records import delete_departed, delete_released
from sync_svc.application.ports import Requester
from sync_svc.application.projections import forget_administration
from sync_svc.application.views import HeldFilter
from sync_svc.domain.held_deletion import HeldDeletion, HeldState

from .made_up import DOCUMENTS, LINES, MadeUp
from .organisation import Organisation

CALLER = Requester(actor="person:1", person_id="1", trigger=SyncTrigger.USER)
PAPERS = (ResourceName.SUPPLIER_INVOICE,)


async def held(organisation: Organisation) -> list[HeldDeletion]:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        return list(await tx.views.held_deletions(HeldFilter(), None, 100))


async def decide(organisation: Organisation, state: HeldState) -> HeldDeletion:
    (found,) = [each for each in await held(organisation) if each.state is HeldState.OPEN]
    async with organisation.work.begin(organisation.organisation_id) as tx:
        return await decide_held_deletion(tx, found.held_deletion_id, CALLER, state, "opgeruimd")


async def delete_all(organisation: Organisation) -> None:
    more = True
    while more:
        async with organisation.work.begin(None) as tx:
            more = await delete_released(tx, organisation.gateway)


async def vanish(organisation: Organisation, *, known: int = 60, left: int = 30) -> list[str]:
    """Half of the customers are gone at once; returns the ids of those."""
    customers = organisation.provider.add_customers(known)
    await organisation.sync()
    organisation.provider.items["customers"] = customers[:left]
    await organisation.sync()
    return sorted(str(each["Id"]) for each in customers[left:])


async def test_what_vanished_all_at_once_is_held_with_its_evidence(organisation: Organisation) -> None:
    gone = await vanish(organisation)
    (found,) = await held(organisation)
    assert (found.state, found.count, found.resource) == (HeldState.OPEN, 30, ResourceName.CONTACT)
    evidence = found.evidence
    assert (evidence.listed, evidence.known, evidence.vanished) == (30, 60, 30)
    assert list(evidence.examples) == gone[:5]
    assert evidence.pages > 0
    assert len(await organisation.live()) == 60


async def test_the_run_says_what_it_held(organisation: Organisation) -> None:
    await vanish(organisation)
    view = await organisation.sync()
    (found,) = await held(organisation)
    assert [each.held_deletion_id for each in view.held_deletions] == [found.held_deletion_id]
    assert found.run_id == view.run.run_id


async def test_each_sweep_renews_the_one_open_row(organisation: Organisation) -> None:
    await vanish(organisation)
    (first,) = await held(organisation)
    organisation.provider.items["customers"] = organisation.provider.items["customers"][:25]
    await organisation.sync()
    (renewed,) = await held(organisation)
    assert (renewed.held_deletion_id, renewed.held_at) == (first.held_deletion_id, first.held_at)
    assert (renewed.count, renewed.evidence.vanished) == (35, 35)
    assert renewed.renewed_at > first.renewed_at


async def test_a_release_deletes_what_is_absent_and_tells_each(organisation: Organisation) -> None:
    gone = await vanish(organisation)
    decided = await decide(organisation, HeldState.RELEASED)
    assert (decided.count, decided.reason, decided.decided_by) == (30, "opgeruimd", "1")
    await delete_all(organisation)
    assert not set(gone) & await organisation.live()
    assert sorted(each["external_id"] for each in await organisation.events("RecordDeleted")) == gone
    assert [each.count for each in await held(organisation)] == [30]


async def test_what_came_back_before_the_release_is_not_deleted(organisation: Organisation) -> None:
    gone = await vanish(organisation)
    everyone = organisation.provider.items["customers"]
    back: dict[str, JsonValue] = {"Id": gone[0], "CustomerNumber": "1", "Name": "Weer terug"}
    organisation.provider.items["customers"] = [*everyone, back]
    await organisation.sync()
    (found,) = await held(organisation)
    assert found.count == 29
    await decide(organisation, HeldState.RELEASED)
    await delete_all(organisation)
    assert set(gone) & await organisation.live() == {gone[0]}


async def test_what_comes_back_between_the_release_and_its_turn_is_not_deleted(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(60)
    await organisation.sync()
    organisation.provider.items["customers"] = customers[:30]
    await organisation.sync()
    await decide(organisation, HeldState.RELEASED)
    organisation.provider.items["customers"] = customers[:40]
    await organisation.sync()
    await delete_all(organisation)
    assert await organisation.live() == {str(each["Id"]) for each in customers[:40]}


async def test_what_an_increment_shows_again_is_held_no_longer(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(60)
    await organisation.sync()
    organisation.provider.items["customers"] = customers[:30]
    await organisation.sync()
    organisation.provider.later(hours=1)
    organisation.provider.change(customers[45], Name="Toch nog")
    organisation.provider.items["customers"] = [*customers[:30], customers[45]]
    await organisation.sync(SyncMode.INCREMENTAL)
    (found,) = await held(organisation)
    assert found.count == 29


async def test_a_listing_that_is_itself_again_leaves_nothing_held(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(60)
    await organisation.sync()
    organisation.provider.items["customers"] = customers[:30]
    await organisation.sync()
    organisation.provider.items["customers"] = customers
    await organisation.sync()
    assert await held(organisation) == []
    assert len(await organisation.live()) == 60


async def test_what_was_rejected_stays_and_is_not_held_again_until_it_is_seen(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(60)
    await organisation.sync()
    organisation.provider.items["customers"] = customers[:30]
    await organisation.sync()
    await decide(organisation, HeldState.REJECTED)
    for _ in range(3):
        await organisation.sync()
    assert [each.state for each in await held(organisation)] == [HeldState.REJECTED]
    assert len(await organisation.live()) == 60
    organisation.provider.items["customers"] = customers
    await organisation.sync()
    organisation.provider.remove(customers[50])
    await organisation.sync()
    await organisation.sync()
    assert len(await organisation.live()) == 59


async def test_the_second_answer_is_refused(organisation: Organisation) -> None:
    await vanish(organisation)
    decided = await decide(organisation, HeldState.RELEASED)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        for state in (HeldState.RELEASED, HeldState.REJECTED):
            with pytest.raises(IllegalTransition, match="released already"):
                await decide_held_deletion(tx, decided.held_deletion_id, CALLER, state, "nog eens")


async def test_another_organisation_cannot_answer(organisation: Organisation) -> None:
    await vanish(organisation)
    (found,) = await held(organisation)
    async with organisation.work.begin(new_id()) as tx:
        with pytest.raises(NotFound):
            await decide_held_deletion(tx, found.held_deletion_id, CALLER, HeldState.RELEASED, "van mij")


async def test_a_decision_leaves_its_reason_in_the_audit(organisation: Organisation) -> None:
    await vanish(organisation)
    decided = await decide(organisation, HeldState.REJECTED)
    rows = await organisation.rows(
        "select actor, action, reason from audit_entry where $1::uuid is not null and target = $2",
        f"held_deletion/{decided.held_deletion_id}",
    )
    assert rows == [{"actor": "person:1", "action": "held_deletion.rejected", "reason": "opgeruimd"}]


async def test_a_list_of_versions_that_shows_nothing_is_held(organisation: Organisation) -> None:
    organisation.gateway = books = MadeUp()
    for number in range(4):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    await organisation.sync(SyncMode.FULL, PAPERS)
    for number in range(4):
        books.drop(DOCUMENTS, f"d{number}")
    await organisation.sync(SyncMode.INCREMENTAL, PAPERS)
    (found,) = await held(organisation)
    assert found.count == 4
    books.put(DOCUMENTS, "d1", Number="1")  # its version is the one that we know, so it is not fetched
    await organisation.sync(SyncMode.INCREMENTAL, PAPERS)
    (found,) = await held(organisation)
    assert found.count == 3
    assert len(await organisation.live()) == 4
    await decide(organisation, HeldState.RELEASED)
    await delete_all(organisation)
    assert await organisation.live() == {"d1"}


async def test_the_parts_of_a_record_are_held_and_released_too(organisation: Organisation) -> None:
    organisation.gateway = books = MadeUp()
    for number in range(40):
        books.line(f"l{number}", f"e{number}", 1, Type=1)
    vouchers = (ResourceName.VOUCHER,)
    await organisation.sync(SyncMode.FULL, vouchers)
    assert len(await organisation.live()) == 40
    books.drop(LINES, *(f"l{number}" for number in range(30)), told=False)
    await organisation.sync(SyncMode.FULL, vouchers)
    (found,) = await held(organisation)
    assert found.count == 30
    await decide(organisation, HeldState.RELEASED)
    await delete_all(organisation)
    await organisation.sync(SyncMode.INCREMENTAL, vouchers)
    assert len(await organisation.live()) == 10


async def leave(organisation: Organisation) -> None:
    removed = AdministrationRemoved(
        organisation_id=organisation.organisation_id,
        administration_id=organisation.administration_id,
        reason="removed_by_user",
        removed_by="1",
        removed_at=organisation.imported().imported_at,
    )
    async with organisation.work.begin(None) as tx:
        await forget_administration(tx.within(organisation.organisation_id), removed)


async def test_the_records_of_an_administration_that_leaves_are_told_as_deleted_batch_by_batch(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_records, "BATCH", 10)
    organisation.provider.add_customers(25)
    organisation.provider.items["suppliers"] = [{"Id": "leverancier", "Name": "L"}]
    await organisation.sync()
    await leave(organisation)
    left = []
    more = True
    while more:
        async with organisation.work.begin(None) as tx:
            more = await delete_departed(tx)
        left.append(len(await organisation.live()))
    assert left == [16, 6, 0, 0]
    assert len(await organisation.events("RecordDeleted")) == 26


async def test_records_of_one_that_leaves_wait_for_the_end_of_its_run(organisation: Organisation) -> None:
    organisation.provider.add_customers(5)
    await organisation.sync()
    run_id = await organisation.ask(organisation.request())
    await leave(organisation)
    async with organisation.work.begin(None) as tx:
        await delete_departed(tx)
    assert len(await organisation.live()) == 5
    await organisation.perform(run_id)
    async with organisation.work.begin(None) as tx:
        assert await delete_departed(tx)
    assert await organisation.live() == set()


async def test_nobody_decides_about_the_records_of_an_administration_that_left(
    organisation: Organisation,
) -> None:
    await vanish(organisation)
    await leave(organisation)
    assert await held(organisation) == []
    assert await organisation.rows("select from held_record where administration_id = $1") == []
