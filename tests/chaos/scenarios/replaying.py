"""What a replay must not do; the owner and its target play on one database, replay topics are a list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import httpx
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.replayed import OWNER, Replayed
from tests.chaos.rig.stage import Stage, expect

from koppel.contracts.values import Role
from koppel.kernel.errors import InvalidInput
from koppel.platform import operations
from koppel.platform.health import Health
from koppel.platform.http import create_app
from koppel.platform.identity import Authenticator, JwksFile
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation
from koppel.testing.tokens import TokenIssuer


@asynccontextmanager
async def _replayed(stage: Stage) -> AsyncIterator[Replayed]:
    made = Replayed(stage.database)
    await made.runner()
    try:
        yield made
    finally:
        await made.stop()


@scenario(criterion=15)
async def run_that_would_not_equal_its_plan_stops(stage: Stage) -> None:
    async with _replayed(stage) as here:
        organisation = Organisation()
        await here.log(organisation, 1, 2, 3, 4, 5)
        await here.live(organisation, 1, 2)
        replay_id = await here.planned(organisation)
        await here.live(organisation, 3)  # the world moves
        await here.act(replay_id, "start")
        ended = await here.reach(replay_id, "stale", "finished")
        expect("stale run went on", ended.state == "stale", f"{ended.state}: {ended.differences}")
        effects = await here.effects(organisation)
        expect("stale run went on", effects == ["v1", "v2", "v3"], f"{effects}")


@scenario(criterion=15)
async def result_of_a_run_is_its_plan(stage: Stage) -> None:
    """One event fails: only a dry run that runs handlers can tell."""
    async with _replayed(stage) as here:
        organisation = Organisation()
        await here.log(organisation, 1, 2, 3, 4)
        here.failing = {"v3"}
        replay_id = await here.planned(organisation)
        told = (await here.get(replay_id)).targets[0].counts("rehearsal")
        expect("dry run left something", await here.effects(organisation) == [], "effects before the start")
        await here.act(replay_id, "start")
        done = await here.reach(replay_id, "finished")
        did = done.targets[0].counts("run")
        expect("result differs from its plan", told == did and not done.differences, f"{told}, {did}")


@scenario(criterion=15)
async def plan_says_which_rows_its_run_changes(stage: Stage) -> None:
    """Records come one at a time, and a handler fails after it wrote."""
    async with _replayed(stage) as here:
        organisation, other = Organisation(), Organisation()
        for each in (organisation, other):
            await here.log(each, 1, 2, 3, 4)
        here.failing_late, here.most = frozenset({"v3"}), 1
        replay_id = await here.plan(
            administration_ids=[each.administration_id for each in (organisation, other)]
        )
        await here.reach(replay_id, "planned")
        told = (await here.get(replay_id)).targets[0].effects("rehearsal")
        await here.act(replay_id, "start")
        done = await here.reach(replay_id, "finished")
        did = done.targets[0].effects("run")
        rows = len(await here.effects(organisation)) + len(await here.effects(other))
        inserted = {each["table"]: each["inserted"] for each in did.changes or ()}
        expect("other rows than planned", told == did and not done.differences, f"{told}, {did}")
        expect("rows that are not there counted", inserted == {"effect": rows}, f"{inserted}, {rows} rows")


@scenario(criterion=15)
async def second_run_changes_nothing(stage: Stage) -> None:
    async with _replayed(stage) as here:
        organisation = Organisation()
        await here.log(organisation, 1, 2, 3)
        await here.live(organisation, 1)
        for expected in (2, 0):
            replay_id = await here.planned(organisation)
            await here.act(replay_id, "start")
            done = await here.reach(replay_id, "finished")
            applied = done.targets[0].counts("run")["apply"]
            expect("second run applied", applied == expected, f"{applied} instead of {expected}")
        effects = await here.effects(organisation)
        expect("effect doubled", effects == ["v1", "v2", "v3"], f"{effects}")


@scenario(criterion=15)
async def replayed_records_that_come_again_change_nothing(stage: Stage) -> None:
    """The consumer dies after its commit and before its offset: the replay topic delivers again. In a rebuild no position tells."""
    async with _replayed(stage) as here:
        organisation = Organisation()
        await here.log(organisation, 1, 2, 3)
        await here.live(organisation, 1, 2, 3)
        replay_id = await here.planned(organisation, mode="rebuild")
        await here.act(replay_id, "start")
        await here.sent(replay_id, 3)
        await here.deliver(again=False)
        await here.deliver(again=True)
        effects = await here.effects(organisation)
        expect("effect doubled", effects == ["v1", "v2", "v3"] * 2, f"{effects}")


@scenario(criterion=15)
async def live_events_wait_while_their_stream_is_rebuilt(stage: Stage) -> None:
    async with _replayed(stage) as here:
        organisation = Organisation()
        await here.log(organisation, 1, 2, 3)
        await here.live(organisation, 1, 2, 3)
        replay_id = await here.planned(organisation, mode="rebuild")
        await here.act(replay_id, "start")
        await here.sent(replay_id, 3)
        await here.deliver(until=1)
        await here.live(organisation, 4)
        await here.deliver()
        effects = await here.effects(organisation)
        expect(
            "live event overtook its rebuild",
            effects == ["v1", "v2", "v3", "v1", "v2", "v3", "v4"],
            f"{effects}",
        )


@scenario(criterion=15)
async def cancelled_rebuild_leaves_its_stream_where_it_stood(stage: Stage) -> None:
    async with _replayed(stage) as here:
        organisation = Organisation()
        last = 40
        await here.log(organisation, *range(1, last + 1))
        await here.live(organisation, *range(1, last + 1))
        replay_id = await here.planned(organisation, mode="rebuild", rate=50)
        await here.act(replay_id, "start")
        await here.sent(replay_id, 1)
        await here.act(replay_id, "cancel")
        await here.reach(replay_id, "cancelled")

        await here.live(organisation, last + 1)

        async def goes_on() -> bool:
            await here.relay()
            return (await here.effects(organisation))[-1] == f"v{last + 1}"

        try:
            await eventually(goes_on, within=stage.patience)
        except AssertionError:
            effects = await here.effects(organisation)
            expect("stream left behind", truth=False, detail=f"it ends with {effects[-3:]}")


@scenario(criterion=15)
async def replay_of_everything_is_refused(stage: Stage) -> None:
    async with _replayed(stage) as here:
        await here.log(Organisation(), 1)
        try:
            await here.plan()
        except InvalidInput as refused:
            expect("refused otherwise", refused.code == "filter_empty", refused.code)
        else:
            expect("empty filter accepted", truth=False, detail="a replay without a condition was planned")


@scenario(criterion=15)
async def replay_needs_the_right_to_replay(stage: Stage) -> None:
    refused, asked = await refusals(stage)
    expect("right not asked", refused == asked, f"{asked - refused} of {asked} calls were let through")


async def refusals(stage: Stage) -> tuple[int, int]:
    """Every role, with every right but that to replay, at every call that changes something: refused, and asked."""
    issuer, answers = TokenIssuer(), list[int]()
    with TemporaryDirectory() as folder:
        keys = JwksFile(issuer.write_jwks(Path(folder) / "jwks.json"))
        app = create_app(
            OWNER,
            version="0",
            routers=operations.ROUTERS,
            authenticator=Authenticator(issuer.issuer, issuer.audience, keys),
            health=Health(),
        )
        operations.install(app, operations.Operations(stage.database, OWNER))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://owner.test") as http:
            for role in Role:
                token = {"Authorization": f"Bearer {issuer.person(role, rights=('operator',))}"}
                answers += [
                    (await http.post(path, json=_PLAN, headers=token)).status_code for path in _changing()
                ]
    return answers.count(403), len(answers)


_PLAN = {
    "filter": {"organisation_id": str(UUID(int=1))},
    "target": "b.example",
    "mode": "repair",
    "reason": "x",
}


def _changing() -> list[str]:
    replay = f"/ops/v1/replays/{UUID(int=2)}"
    return ["/ops/v1/replays", *(f"{replay}/{act}" for act in ("start", "pause", "resume", "cancel"))]


@scenario(criterion=15)
async def every_act_leaves_its_audit_row(stage: Stage) -> None:
    async with _replayed(stage) as here:
        organisation = Organisation()
        await here.log(organisation, 1)
        replay_id = await here.planned(organisation)
        await here.act(replay_id, "start")
        await here.reach(replay_id, "finished")
        rows = await here.audit(replay_id)
        acts = [(action, actor) for action, actor, _ in rows]
        expected = [("replay.planned", "person:x"), ("replay.started", "person:y")]
        expect("act without its audit row", acts[:2] == expected, f"{acts}")
        expect("act without its audit row", all(reason for *_, reason in rows), f"{rows}")
