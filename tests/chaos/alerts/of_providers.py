"""Logins, keys, and providers that refuse, vanish or lose what they had."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.login import log_in
from tests.bench.organisation import RETURN_URL
from tests.bench.stage import answered
from tests.chaos.alerts.scene import Cause, Scene, alert

_CHANGED = "set_byte({column}, length({column}) - 1, get_byte({column}, length({column}) - 1) # 1)"


async def _tokens_refused(scene: Scene, status: int, error: str, **times: int) -> None:
    """The provider's clock goes on by three hours, so that every access token is too old, and none is renewed."""
    order = {"kind": "status", "match": {"method": "POST", "path": "/connect/token"}, **times}
    answer = {"status": status, "body": f'{{"error":"{error}"}}'}
    await answered(scene.watched.sandbox.post("/_sandbox/faults", json=order | answer))
    await _tokens_too_old(scene)


async def _tokens_too_old(scene: Scene) -> None:
    """So that each is borrowed anew, also where a process still has it."""
    await answered(scene.watched.sandbox.post("/_sandbox/clock", json={"advance_seconds": 3 * 3600}))


@asynccontextmanager
async def _login_dies(scene: Scene) -> AsyncIterator[None]:
    await _tokens_refused(scene, 400, "invalid_grant", times=1)
    await scene.watched.ask([scene.watched.administrations[0]], mode="incremental")
    yield
    await scene.watched.end_faults()
    await _log_in_again(scene)


async def _log_in_again(scene: Scene) -> None:
    """Whoever is asked to."""
    http = scene.organisation.connections
    [connection] = (await answered(http.get("/v1/connections")))["items"]
    place = f"/v1/connections/{connection['id']}"
    for grant in (await answered(http.get(place)))["grants"]:
        if grant["state"] == "reauthorization_required":
            round_ = await answered(http.post(f"{place}/authorizations", json={"return_url": RETURN_URL}))
            company = grant["company"]["external_id"]
            await log_in(scene.organisation.browser, round_["authorization_url"], company)


@asynccontextmanager
async def _client_refused(scene: Scene) -> AsyncIterator[None]:
    """A process whose client was refused asks no more until it is started with other settings."""
    await _tokens_refused(scene, 401, "invalid_client")
    await scene.watched.ask([scene.watched.administrations[1]], mode="incremental")
    yield
    await scene.watched.end_faults()
    scene.kill("connection-svc")
    await scene.started()


@asynccontextmanager
async def _token_changed(scene: Scene) -> AsyncIterator[None]:
    column = _CHANGED.format(column="access_token")
    await scene.watched.rows(f"update connection.connection_grant set access_token = {column}")
    await _tokens_too_old(scene)
    await scene.watched.ask([scene.watched.administrations[2]], mode="incremental")
    yield
    await scene.watched.rows(f"update connection.connection_grant set access_token = {column}")


@asynccontextmanager
async def _key_changed(scene: Scene) -> AsyncIterator[None]:
    """A service that starts anew knows no data key yet."""
    column = _CHANGED.format(column="wrapped")
    await scene.watched.rows(f"update connection.data_key set wrapped = {column}")
    scene.kill("connection-svc")
    await scene.started()
    await _tokens_too_old(scene)
    await scene.watched.ask([scene.watched.administrations[2]], mode="incremental")
    yield
    await scene.watched.rows(f"update connection.data_key set wrapped = {column}")


@asynccontextmanager
async def _request_refused(scene: Scene) -> AsyncIterator[None]:
    await scene.watched.order("status", "/v2/projects", status=400)
    try:
        for _ in range(3):
            for asked in await scene.watched.ask([scene.watched.administrations[3]]):
                await scene.ended(asked)
        yield
    finally:
        await scene.watched.end_faults()


@asynccontextmanager
async def _all_refused(scene: Scene) -> AsyncIterator[None]:
    """Every administration once: a second and third time it would be a pause."""
    await scene.watched.order("status", status=400)
    try:
        for asked in await scene.watched.ask(scene.watched.administrations[2:]):
            await scene.ended(asked)
        yield
    finally:
        await scene.watched.end_faults()


@asynccontextmanager
async def _all_vanished(scene: Scene) -> AsyncIterator[None]:
    """Two complete readings without a customer."""
    administration = scene.watched.administrations[4]
    company = scene.companies[4]
    change = {"collection": "customers", "remove": 60}
    await answered(scene.watched.sandbox.post(f"/_sandbox/companies/{company}/changes", json=change))
    for _ in range(2):
        for asked in await scene.watched.ask([administration]):
            await scene.ended(asked)
    yield
    syncs = scene.organisation.syncs
    for held in (await answered(syncs.get("/v1/held-deletions")))["items"]:
        await answered(
            syncs.post(f"/v1/held-deletions/{held['id']}/reject", json={"reason": "made by a test"})
        )


@asynccontextmanager
async def _provider_down(scene: Scene) -> AsyncIterator[None]:
    await scene.watched.order("status", status=503)
    await scene.watched.ask()
    yield
    await scene.watched.end_faults()


@asynccontextmanager
async def _provider_hangs(scene: Scene) -> AsyncIterator[None]:
    await scene.watched.order("delay", seconds=600)
    await scene.watched.ask()
    yield
    await scene.watched.end_faults()


@asynccontextmanager
async def _budget_used_up(scene: Scene) -> AsyncIterator[None]:
    await scene.watched.order("status", status=429, retry_after=3600)
    await scene.watched.ask([scene.watched.administrations[5]])
    yield
    await scene.watched.end_faults()
    await scene.watched.rows("update sync.rate_window set empty_until = now()")  # the hour is over
    await scene.watched.rows("update sync.sync_run set not_before = now() where state <> 'finished'")


@asynccontextmanager
async def _grown_old(scene: Scene) -> AsyncIterator[None]:
    """As after days in which nothing was read."""
    await scene.watched.rows("update sync.sync_cursor set moved_at = now() - interval '9 days'")
    yield
    await scene.watched.rows("update sync.sync_cursor set moved_at = now()")


LOGIN_DIES = Cause(
    does="a login that the provider ended", make=_login_dies, alerts=(alert("GrantsWaitForALogin"),)
)
CLIENT_REFUSED = Cause(
    does="a provider that refuses our client; then a start with other settings",
    make=_client_refused,
    alerts=(alert("ProviderRefusesOurClient"),),
)
TOKEN_CHANGED = Cause(
    does="a bit of each stored access token turned",
    make=_token_changed,
    alerts=(alert("StoredTokensAreRefused"),),
)
KEY_CHANGED = Cause(
    does="a bit of each stored data key turned",
    make=_key_changed,
    alerts=(alert("KeyFileIsNotTheRightOne"),),
)
REQUEST_REFUSED = Cause(
    does="one listing answers 400, three runs in a row; after that a probe a minute",
    make=_request_refused,
    alerts=(alert("SyncsArePausedForUs"),),
)
ALL_REFUSED = Cause(
    does="every call answers 400, a run of four administrations each",
    make=_all_refused,
    alerts=(alert("SyncsFail", severity="ticket"),),
)
ALL_VANISHED = Cause(
    does="all customers of a company vanish from two complete readings",
    make=_all_vanished,
    alerts=(alert("DeletionsAreHeld"),),
)
PROVIDER_DOWN = Cause(
    does="every call answers 503",
    make=_provider_down,
    alerts=(alert("ProviderIsPaused", severity="ticket"),),
)
PROVIDER_HANGS = Cause(
    does="calls are taken and not answered",
    make=_provider_hangs,
    alerts=(alert("ProviderDoesNotAnswer"),),
)
BUDGET_USED_UP = Cause(
    does="the provider refuses a call for its number, and says to come back in an hour",
    make=_budget_used_up,
    alerts=(alert("BudgetIsExhausted"),),
)
GROWN_OLD = Cause(
    does="what was read last is nine days old",
    make=_grown_old,
    alerts=(alert("DataIsNotFresh", severity="ticket"),),
)
