"""Every failure of the provider or of connection-svc: typed, visible in the run, retried only where that helps."""

from collections.abc import Callable

import pytest

from koppel.contracts.failures import CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.ports.access_token import NoTokenNow, TokenRefused
from koppel.providers import failures
from koppel.providers.failures import FailureKind, failure
from sync_svc.application.fetch_pages import RETRIES
from sync_svc.domain.listing import ListingState
from sync_svc.domain.run import MOST_DEFERRALS_WITHOUT_PROGRESS, RunState, WaitingFor

from .organisation import Organisation


def failing(
    listing: str, page: int, kind: FailureKind, *, times: int = 1_000, wait: float | None = None
) -> Callable[[str, int], None]:
    left = [times]

    def fault(name: str, number: int) -> None:
        if (name, number) == (listing, page) and left[0] > 0:
            left[0] -= 1
            raise failure(kind, retry_after=wait)

    return fault


async def test_too_many_requests_defer_the_run_and_it_goes_on_where_it_was(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(40)
    organisation.provider.fault = failing("customers", 3, failures.RATE_LIMITED, times=1, wait=17.0)
    run_id = await organisation.ask(organisation.request())
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert view.run.state is RunState.DEFERRED
    assert view.run.failure is not None
    assert (view.run.failure.code, view.run.outcome) == ("rate_limited", None)
    (deferred,) = await organisation.events("SyncDeferred")
    assert deferred["until"] > deferred["deferred_at"]
    (waits,) = await organisation.rows(
        "select extract(epoch from not_before - now())::float as seconds from sync_run where administration_id = $1"
    )
    assert 10 < waits["seconds"] <= 17
    organisation.provider.calls.clear()
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.CHANGED, None)
    assert organisation.provider.pages_of("customers") == [3, 4]


async def test_a_run_that_gets_no_token_for_ever_fails_in_the_end(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(4)
    organisation.tokens.failing = NoTokenNow("connection_svc_unavailable", "Away.")
    run_id = await organisation.ask(organisation.request())
    for _ in range(MOST_DEFERRALS_WITHOUT_PROGRESS):
        await organisation.perform(run_id)
        assert (await organisation.run(run_id)).run.state is RunState.DEFERRED
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.FAILED


async def test_waiting_for_the_budget_is_one_wait_however_long_and_no_lack_of_progress(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(40)
    organisation.provider.fault = failing("customers", 1, failures.RATE_LIMITED)
    run_id = await organisation.ask(organisation.request())
    for _ in range(MOST_DEFERRALS_WITHOUT_PROGRESS + 1):
        await organisation.perform(run_id)
    waiting = (await organisation.run(run_id)).run
    assert (waiting.state, waiting.waiting_for) == (RunState.DEFERRED, WaitingFor.BUDGET)
    assert (waiting.deferrals_without_progress, waiting.starts_without_progress) == (0, 0)
    assert len(await organisation.events("SyncDeferred")) == 1
    organisation.provider.fault = failing("customers", 3, failures.RATE_LIMITED, times=1)
    await organisation.perform(run_id)
    assert len(await organisation.events("SyncDeferred")) == 2, "a page was applied: this is another wait"
    await organisation.perform(run_id)
    ended = (await organisation.run(run_id)).run
    assert (ended.outcome, ended.waiting_for) == (SyncOutcome.CHANGED, None)


async def test_a_fault_that_passes_leaves_no_trace(organisation: Organisation) -> None:
    organisation.provider.add_customers(20)
    organisation.provider.fault = failing("customers", 2, failures.UNAVAILABLE, times=RETRIES.attempts - 1)
    view = await organisation.sync()
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.CHANGED, None)


@pytest.mark.parametrize(
    "kind",
    [failures.UNAVAILABLE, failures.TIMEOUT, failures.DROPPED, failures.BAD_ANSWER, failures.UNREACHABLE],
)
async def test_a_fault_that_stays_fails_the_run_and_keeps_what_was_applied(
    organisation: Organisation, kind: FailureKind
) -> None:
    organisation.provider.add_customers(30)
    organisation.provider.fault = failing("customers", 3, kind)
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.FAILED
    assert view.run.failure == failure(kind).as_contract()
    assert len(await organisation.records()) == 20
    (failed,) = await organisation.events("SyncFailed")
    assert failed["failure"]["who_must_act"] == kind.who_must_act.value


async def test_a_refused_token_is_replaced_and_the_run_goes_on(organisation: Organisation) -> None:
    organisation.provider.add_customers(20)
    organisation.provider.fault = failing("customers", 2, failures.UNAUTHORIZED, times=1)
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.CHANGED
    assert organisation.tokens.rejected == ["token-0"]


async def test_a_token_refused_twice_fails_the_run(organisation: Organisation) -> None:
    organisation.provider.add_customers(20)
    organisation.provider.fault = failing("customers", 1, failures.UNAUTHORIZED)
    view = await organisation.sync()
    assert view.run.failure is not None
    assert (view.run.failure.code, view.run.failure.who_must_act) == ("provider_unauthorized", "customer")


async def test_a_forbidden_listing_fails_alone(organisation: Organisation) -> None:
    organisation.provider.add_customers(3)
    organisation.provider.fault = failing("vouchers", 1, failures.SCOPE_MISSING)
    view = await organisation.sync(resources=None)
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.run.failure is not None
    assert view.run.failure.code == "scope_missing"
    states = {progress.listing: progress.state for progress in view.listings}
    assert states.pop("vouchers") is ListingState.FAILED
    assert set(states.values()) == {ListingState.DONE}


async def test_a_part_that_the_edition_lacks_is_no_failure(organisation: Organisation) -> None:
    organisation.provider.fault = failing("costcenters", 1, failures.MODULE_UNAVAILABLE)
    view = await organisation.sync(resources=None)
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.UNCHANGED, None)
    states = {progress.listing: progress.state for progress in view.listings}
    assert states["costcenters"] is ListingState.UNSUPPORTED


async def test_no_access_to_the_company_ends_the_run_at_once(organisation: Organisation) -> None:
    organisation.provider.fault = failing("fiscalyears", 1, failures.NO_COMPANY_ACCESS)
    view = await organisation.sync(resources=None)
    assert view.run.outcome is SyncOutcome.FAILED
    assert len(organisation.provider.calls) == 1


@pytest.mark.parametrize("refusal", [REAUTHORIZATION_REQUIRED, CONNECTION_REVOKED])
async def test_a_refused_token_fails_the_run_and_says_who_must_act(
    organisation: Organisation, refusal: object
) -> None:
    organisation.tokens.failing = TokenRefused(refusal)  # type: ignore[arg-type]
    view = await organisation.sync()
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.FAILED, refusal)
    assert view.run.failure is not None
    assert view.run.failure.who_must_act == "customer"


async def test_a_run_waits_while_connection_svc_is_away(organisation: Organisation) -> None:
    organisation.provider.add_customers(3)
    organisation.tokens.failing = NoTokenNow("connection_svc_unavailable", "Away.")
    run_id = await organisation.ask(organisation.request())
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.state is RunState.DEFERRED
    organisation.tokens.failing = None
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CHANGED


async def test_a_failed_reading_keeps_its_old_watermark(organisation: Organisation) -> None:
    organisation.provider.add_customers(3)
    organisation.provider.later(hours=1)
    await organisation.sync()
    first = organisation.provider.time
    organisation.provider.later(hours=1)
    organisation.provider.fault = failing("customers", 1, failures.UNAVAILABLE)
    await organisation.sync(SyncMode.INCREMENTAL)
    organisation.provider.fault = lambda listing, number: None
    organisation.provider.calls.clear()
    await organisation.sync(SyncMode.INCREMENTAL)
    assert organisation.provider.calls[0][2] == first


async def test_a_call_that_is_tried_again_says_why_until_it_passes(organisation: Organisation) -> None:
    organisation.provider.add_customers(25)
    organisation.provider.fault = failing("customers", 2, failures.UNAVAILABLE, times=2)
    run_id, seen = await organisation.ask(organisation.request()), []

    async def look(seconds: float) -> None:
        run = (await organisation.run(run_id)).run
        seen.append((run.state, run.failure and run.failure.code))

    organisation.pause = look
    await organisation.perform(run_id)
    assert seen == [(RunState.RUNNING, "provider_unavailable")] * 2
    view = await organisation.run(run_id)
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.CHANGED, None)


async def test_what_was_not_come_to_says_why_in_the_event(organisation: Organisation) -> None:
    organisation.provider.fault = failing("customers", 1, failures.NO_COMPANY_ACCESS)
    await organisation.sync(resources=None)
    (failed,) = await organisation.events("SyncFailed")
    told = {each["resource"]: (each["state"], each["reason"]) for each in failed["resources"]}
    assert told["ledger_account"] == ("done", None)
    assert told["customer_invoice"] == ("waiting", failures.NO_COMPANY_ACCESS.code)
