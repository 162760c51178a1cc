"""Every failure of the package or of connection-svc: typed, visible in the run, retried only where that helps."""

from collections.abc import Callable

import pytest

from koppel.contracts.failures import CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.kernel.errors import Transient
from koppel.ports.access_token import TokenRefused
from koppel.providers import failures
from koppel.providers.failures import FailureKind, failure
from sync_svc.application.fetch_pages import RETRIES
from sync_svc.domain.listing import ListingState
from sync_svc.domain.run import MOST_DEFERRALS_WITHOUT_PROGRESS, RunState

from .office import Office


def failing(
    listing: str, page: int, kind: FailureKind, *, times: int = 1_000, wait: float | None = None
) -> Callable[[str, int], None]:
    left = [times]

    def fault(name: str, number: int) -> None:
        if (name, number) == (listing, page) and left[0] > 0:
            left[0] -= 1
            raise failure(kind, retry_after=wait)

    return fault


async def test_too_many_requests_defer_the_run_and_it_goes_on_where_it_was(office: Office) -> None:
    office.package.add_customers(40)
    office.package.fault = failing("customers", 3, failures.RATE_LIMITED, times=1, wait=17.0)
    run_id = await office.ask(office.request())
    await office.perform(run_id)
    view = await office.run(run_id)
    assert view.run.state is RunState.DEFERRED
    assert view.run.failure is not None
    assert (view.run.failure.code, view.run.outcome) == ("rate_limited", None)
    (deferred,) = await office.events("SyncDeferred")
    assert deferred["until"] > deferred["deferred_at"]
    (waits,) = await office.rows(
        "select extract(epoch from not_before - now())::float as seconds from sync_run where administration_id = $1"
    )
    assert 10 < waits["seconds"] <= 17
    office.package.calls.clear()
    await office.perform(run_id)
    view = await office.run(run_id)
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.CHANGED, None)
    assert office.package.pages_of("customers") == [3, 4]


async def test_a_run_that_is_only_ever_told_to_wait_fails_in_the_end(office: Office) -> None:
    office.package.add_customers(4)
    office.package.fault = failing("customers", 1, failures.RATE_LIMITED)
    run_id = await office.ask(office.request())
    for _ in range(MOST_DEFERRALS_WITHOUT_PROGRESS):
        await office.perform(run_id)
        assert (await office.run(run_id)).run.state is RunState.DEFERRED
    await office.perform(run_id)
    assert (await office.run(run_id)).run.outcome is SyncOutcome.FAILED


async def test_a_fault_that_passes_leaves_no_trace(office: Office) -> None:
    office.package.add_customers(20)
    office.package.fault = failing("customers", 2, failures.UNAVAILABLE, times=RETRIES.attempts - 1)
    view = await office.sync()
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.CHANGED, None)


@pytest.mark.parametrize(
    "kind",
    [failures.UNAVAILABLE, failures.TIMEOUT, failures.DROPPED, failures.BAD_ANSWER, failures.UNREACHABLE],
)
async def test_a_fault_that_stays_fails_the_run_and_keeps_what_was_applied(
    office: Office, kind: FailureKind
) -> None:
    office.package.add_customers(30)
    office.package.fault = failing("customers", 3, kind)
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.FAILED
    assert view.run.failure == failure(kind).as_contract()
    assert len(await office.records()) == 20
    (failed,) = await office.events("SyncFailed")
    assert failed["failure"]["who_must_act"] == kind.who_must_act.value


async def test_a_refused_token_is_replaced_and_the_run_goes_on(office: Office) -> None:
    office.package.add_customers(20)
    office.package.fault = failing("customers", 2, failures.UNAUTHORIZED, times=1)
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.CHANGED
    assert office.tokens.rejected == ["token-0"]


async def test_a_token_refused_twice_fails_the_run(office: Office) -> None:
    office.package.add_customers(20)
    office.package.fault = failing("customers", 1, failures.UNAUTHORIZED)
    view = await office.sync()
    assert view.run.failure is not None
    assert (view.run.failure.code, view.run.failure.who_must_act) == ("provider_unauthorized", "customer")


async def test_a_forbidden_listing_fails_alone(office: Office) -> None:
    office.package.add_customers(3)
    office.package.fault = failing("vouchers", 1, failures.SCOPE_MISSING)
    view = await office.sync(resources=None)
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.run.failure is not None
    assert view.run.failure.code == "scope_missing"
    states = {progress.listing: progress.state for progress in view.listings}
    assert states.pop("vouchers") is ListingState.FAILED
    assert set(states.values()) == {ListingState.DONE}


async def test_a_part_that_the_edition_lacks_is_no_failure(office: Office) -> None:
    office.package.fault = failing("costcenters", 1, failures.MODULE_UNAVAILABLE)
    view = await office.sync(resources=None)
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.UNCHANGED, None)
    states = {progress.listing: progress.state for progress in view.listings}
    assert states["costcenters"] is ListingState.UNSUPPORTED


async def test_no_access_to_the_company_ends_the_run_at_once(office: Office) -> None:
    office.package.fault = failing("fiscalyears", 1, failures.NO_COMPANY_ACCESS)
    view = await office.sync(resources=None)
    assert view.run.outcome is SyncOutcome.FAILED
    assert len(office.package.calls) == 1


@pytest.mark.parametrize("refusal", [REAUTHORIZATION_REQUIRED, CONNECTION_REVOKED])
async def test_a_refused_token_fails_the_run_and_says_who_must_act(office: Office, refusal: object) -> None:
    office.tokens.failing = TokenRefused(refusal)  # type: ignore[arg-type]
    view = await office.sync()
    assert (view.run.outcome, view.run.failure) == (SyncOutcome.FAILED, refusal)
    assert view.run.failure is not None
    assert view.run.failure.who_must_act == "customer"


async def test_a_run_waits_while_connection_svc_is_away(office: Office) -> None:
    office.package.add_customers(3)
    office.tokens.failing = Transient("connection_svc_unavailable", "Away.")
    run_id = await office.ask(office.request())
    await office.perform(run_id)
    assert (await office.run(run_id)).run.state is RunState.DEFERRED
    office.tokens.failing = None
    await office.perform(run_id)
    assert (await office.run(run_id)).run.outcome is SyncOutcome.CHANGED


async def test_a_failed_reading_keeps_its_old_watermark(office: Office) -> None:
    office.package.add_customers(3)
    office.package.later(hours=1)
    await office.sync()
    first = office.package.time
    office.package.later(hours=1)
    office.package.fault = failing("customers", 1, failures.UNAVAILABLE)
    await office.sync(SyncMode.INCREMENTAL)
    office.package.fault = lambda listing, number: None
    office.package.calls.clear()
    await office.sync(SyncMode.INCREMENTAL)
    assert office.package.calls[0][2] == first
