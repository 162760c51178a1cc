"""What reading a provider must bring, and what must never be deleted for it."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect
from tests.chaos.rig.synchronised import synchronised
from tests.integration.sync_svc.deaths import Killed, killed_at
from tests.integration.sync_svc.made_up import ACCOUNTS, LINES, MEMORY, MadeUp
from tests.integration.sync_svc.organisation import Organisation

from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger
from koppel.providers.reading import Feed, Instant, Sweep
from sync_svc.application.change_policy import change_policy
from sync_svc.application.decide_held_deletion import decide_held_deletion
from sync_svc.application.delete_records import delete_released
from sync_svc.application.ports import Requester
from sync_svc.application.request_syncs import request_due_syncs
from sync_svc.application.views import HeldFilter
from sync_svc.domain.held_deletion import HeldState
from sync_svc.domain.policy import Policy, SweepRhythm
from sync_svc.domain.schedule import Cron

_PERSON = Requester(actor="person:1", person_id="1", trigger=SyncTrigger.USER)
FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL
_NIGHT_ENDS = 6
LEDGER, VOUCHERS = (ResourceName.LEDGER_ACCOUNT,), (ResourceName.VOUCHER,)


@scenario(criterion=16)
async def listing_that_lacks_what_it_announced_deletes_nothing(stage: Stage) -> None:
    async with synchronised(stage) as here:
        customers = here.provider.add_customers(5)
        await here.sync()
        here.provider.items["customers"] = customers[:3]
        here.provider.announced["customers"] = 5
        for _ in range(3):
            await here.sync()
        expect("deleted without proof", len(await here.live()) == 5, f"{len(await here.live())} of 5 left")


@scenario(criterion=16)
async def record_that_one_listing_lacks_stays(stage: Stage) -> None:
    async with synchronised(stage) as here:
        customers = here.provider.add_customers(5)
        await here.sync()
        here.provider.items["customers"] = customers[:4]
        await here.sync()
        expect("deleted without proof", len(await here.live()) == 5, f"{len(await here.live())} of 5 left")


@scenario(criterion=16)
async def part_that_one_sweep_lacks_stays(stage: Stage) -> None:
    books = MadeUp()
    books.offered = (replace(LINES, removal=Sweep(), cursor=Instant("ModifiedOn"), counted=False),)
    async with synchronised(stage, books) as here:
        books.line("l1", "e1", 10)
        books.line("l2", "e1", 20)
        await here.sync(FULL, VOUCHERS)
        del books.items["lines"]["l2"]
        await here.sync(FULL, VOUCHERS)
        left = len((await here.records())["e1"]["data"]["rows"])
        expect("deleted without proof", left == 2, f"{left} of 2 lines left")


@scenario(criterion=16)
async def removal_that_its_feed_forgot_is_found(stage: Stage) -> None:
    books = MadeUp()
    async with synchronised(stage, books) as here:
        books.put(ACCOUNTS, "a1", Name="kas")
        books.put(ACCOUNTS, "a2", Name="bank")
        await here.sync(FULL, LEDGER)
        books.drop(ACCOUNTS, "a2", told=False)
        books.now += MEMORY + timedelta(seconds=1)
        await here.sync(INCREMENTAL, LEDGER)
        expect("removal missed", await here.live() == {"a1"}, f"{await here.live()}")


@scenario(criterion=16)
async def removal_in_one_listing_touches_no_other(stage: Stage) -> None:
    """Two listings of one resource, told by one feed, with an item of the same key."""
    books = MadeUp()
    other = replace(ACCOUNTS, name="entries", path="/entries", removal=Feed("gone", "8", MEMORY))
    books.offered = (ACCOUNTS, other)
    async with synchronised(stage, books) as here:
        books.put(other, "k1", Name="kas")
        await here.sync(FULL, LEDGER)
        books.put(ACCOUNTS, "k1", Name="kas")
        books.drop(ACCOUNTS, "k1")
        await here.sync(INCREMENTAL, LEDGER)
        expect("deleted without proof", await here.live() == {"k1"}, f"{await here.live()}")


@scenario(criterion=16)
async def record_of_parts_leaves_whole_or_not_at_all(stage: Stage) -> None:
    books = MadeUp()
    async with synchronised(stage, books) as here:
        for number in range(4):
            books.line(f"l{number}", "e1", number)
        run_id = await here.ask(here.request(FULL, VOUCHERS))
        lease = await here.lease(run_id)

        def die(verb: str, name: str) -> None:
            if books.asked("read", "lines") == 2:
                raise Killed

        books.fault = die
        with suppress(Killed):
            await here.perform_under(lease)
        said = await here.events("RecordChanged")
        expect("half a record told", said == [], f"{len(said)} events")


@scenario(criterion=16)
async def watermark_never_falls(stage: Stage) -> None:
    async with synchronised(stage) as here:
        here.provider.add_customers(2)
        await here.sync()
        before = await _watermark(here)
        here.provider.later(hours=-3)
        await here.sync(INCREMENTAL)
        after = await _watermark(here)
        expect("watermark fell", after >= before, f"from {before} to {after}")


@scenario(criterion=16)
async def change_at_a_provider_whose_clock_is_behind_is_read(stage: Stage) -> None:
    async with synchronised(stage) as here:
        (customer,) = here.provider.add_customers(1)
        await here.sync()
        here.provider.later(hours=1)
        here.provider.change(customer, Name="Anders")
        here.provider.later(minutes=1)
        await here.sync(INCREMENTAL)
        (record,) = (await here.records()).values()
        expect("change missed", record["data"]["name"] == "Anders", record["data"]["name"])


@scenario(criterion=16)
async def reading_that_is_killed_goes_on_behind_the_page_that_was_applied(stage: Stage) -> None:
    async with synchronised(stage) as here:
        here.provider.add_customers(40)
        run_id = await here.ask(here.request())
        await killed_at(here, await here.lease(run_id), page=3)
        await here.perform(run_id)
        left = len(await here.live())
        expect("page missed", left == 40, f"{left} of 40 records")


async def _watermark(here: Organisation) -> str:
    rows = await here.rows(
        "select watermark_value from sync_cursor where administration_id = $1 and listing = 'customers'"
    )
    return str(rows[0]["watermark_value"])


async def _release(here: Organisation) -> None:
    """A person releases what is held."""
    async with here.work.begin(here.organisation_id) as tx:
        [held] = await tx.views.held_deletions(HeldFilter(state=HeldState.OPEN), None, 2)
        await decide_held_deletion(
            tx, held.held_deletion_id, _PERSON, HeldState.RELEASED, "the office threw them away"
        )


@scenario(criterion=16)
async def whole_listing_that_vanished_is_held(stage: Stage) -> None:
    async with synchronised(stage) as here:
        here.provider.add_customers(9)
        await here.sync()
        here.provider.items["customers"] = []
        for _ in range(3):
            await here.sync()
        expect("deleted without proof", len(await here.live()) == 9, f"{len(await here.live())} of 9 left")


@scenario(criterion=16)
async def few_that_vanish_beside_a_list_that_was_cut_are_held(stage: Stage) -> None:
    async with synchronised(stage) as here:
        customers = here.provider.add_customers(35)
        suppliers = [each | {"Id": f"s{number}"} for number, each in enumerate(customers[:5])]
        here.provider.items["suppliers"] = suppliers
        await here.sync()
        here.provider.items |= {"customers": customers[:17], "suppliers": suppliers[:2]}
        for _ in range(3):
            await here.sync()
        deleted = len(await here.events("RecordDeleted"))
        expect("believed the provider", deleted == 0, f"{deleted} deleted")


@scenario(criterion=16)
async def release_leaves_what_came_back(stage: Stage) -> None:
    async with synchronised(stage) as here:
        customers = here.provider.add_customers(30)
        await here.sync()
        here.provider.items["customers"] = []
        await here.sync()
        await _release(here)
        here.provider.items["customers"] = customers[:1]
        await here.sync()
        async with here.work.begin(None) as tx:
            await delete_released(tx, here.gateway)
        left = await here.live()
        expect("deleted what is back", left == {str(customers[0]["Id"])}, f"{len(left)} left, not one")


@scenario(criterion=16)
async def change_that_increments_missed_is_counted(stage: Stage) -> None:
    async with synchronised(stage) as here:
        customers = here.provider.add_customers(3)
        await here.sync()
        customers[0]["Name"] = "changed without a stamp"
        view = await here.sync()
        missed = sum(each.missed for each in view.listings)
        expect("misses uncounted", missed == 1, f"{missed} counted")


@scenario(criterion=16)
async def schedule_sweeps_and_catches_up_once(stage: Stage) -> None:
    """After a day's stop one run is asked for, and it reads whole when a sweep was due."""
    async with synchronised(stage) as here:
        here.provider.add_customers(1)
        await here.sync()
        await here.rows(
            "update sync_policy set next_due_at = now() - interval '1 day', next_sweep_at = now() - interval '1 hour' "
            "where administration_id = $1 returning 1"
        )
        for _ in range(3):
            async with here.work.begin(None) as tx:
                await request_due_syncs(tx, here.gateway)
        asked = [each for each in await here.events("SyncRequested") if each["trigger"] == "schedule"]
        expect("asked more than once", len(asked) == 1, f"{len(asked)} asked")
        expect("sweep forgotten", asked[0]["mode"] == FULL, f"asked for {asked[0]['mode']}")


@scenario(criterion=16)
async def sweep_has_a_rhythm_of_its_own(stage: Stage) -> None:
    """Everything is read whole every day, though the schedule comes once a year."""
    async with synchronised(stage) as here, here.work.begin(here.organisation_id) as tx:
        policy = await change_policy(
            tx,
            here.gateway,
            here.administration_id,
            _PERSON,
            enabled=True,
            schedule=Cron(f"0 3 1 {(tx.now.month + 5) % 12 + 1} *"),
            resources=None,
            sweep=SweepRhythm.DAILY,
        )
        late = policy.next_due_at - tx.now > timedelta(days=1)
    expect("sweep waits for the schedule", not late, f"due at {policy.next_due_at}")


@scenario(criterion=16)
async def sweep_keeps_to_the_schedules_nights(_: Stage) -> None:
    """The sweep's own time is by day, and the schedule comes every night."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    policy = replace(Policy.first(UUID(int=7), noon), schedule=Cron("0 2 * * *")).passed(
        SweepRhythm.DAILY, noon
    )
    by_day = policy.next_due_at.hour > _NIGHT_ENDS
    expect("swept by day", not by_day, f"due at {policy.next_due_at}, its own time is {policy.next_sweep_at}")
