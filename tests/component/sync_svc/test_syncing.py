"""The service against a provider over HTTP: what the provider holds is what we hold, through its faults."""

import logging
from datetime import datetime
from typing import Any

import pytest

from koppel.contracts.sync import SyncRequested
from koppel.kernel.ids import new_id
from koppel.testing.eventually import eventually

from .organisation import Organisation
from .provider import Company

CONTACTS = {"resources": ["contact"]}


def counts(run: dict[str, Any], resource: str = "contact") -> tuple[int, int, int, int]:
    """Fetched, changed, unchanged, deleted."""
    (count,) = [each for each in run["resources"] if each["resource"] == resource]
    return count["fetched"], count["changed"], count["unchanged"], count["deleted"]


async def test_a_first_sync_holds_exactly_what_the_provider_holds(
    served: Organisation, company: Company
) -> None:
    (first,) = await served.events("SyncRequested")
    await served.deliver(SyncRequested.model_validate(first))
    run = await served.finished(first["sync_request_id"])
    assert (run["outcome"], run["mode"], run["trigger"], run["percent"]) == ("changed", "full", "import", 100)
    assert len(run["resources"]) == 9
    truth = company.truth("customers") | company.truth("suppliers")
    records = await served.records()
    assert {name: record["raw"] for name, record in records.items()} == truth
    assert {record["data"]["kind"] for record in records.values()} == {"customer", "supplier"}
    assert len(await served.events("RecordChanged")) == sum(each["changed"] for each in run["resources"])


async def test_changed_and_new_come_incrementally_and_removed_after_two_full_runs(
    served: Organisation, company: Company
) -> None:
    await served.sync(mode="full", **CONTACTS)
    done = company.change("customers", change=3, add=2, remove=4)
    run = await served.sync(**CONTACTS)
    assert run["outcome"] == "changed"
    assert counts(run)[1] == 5
    assert counts(await served.sync(mode="full", **CONTACTS))[3] == 0
    assert counts(await served.sync(mode="full", **CONTACTS))[3] == 4
    records = await served.records()
    assert {name for name, record in records.items() if record["deleted"]} == set(done["removed"])
    assert set(done["added"]) <= records.keys()
    live = {name: record["raw"] for name, record in records.items() if not record["deleted"]}
    assert live == company.truth("customers") | company.truth("suppliers")
    again = await served.sync(mode="full", **CONTACTS)
    assert again["outcome"] == "unchanged"


async def test_the_status_says_how_the_data_stands(served: Organisation) -> None:
    before = await served.get("sync-status")
    assert (before["last_synced_at"], before["last_outcome"], before["running"]) == (None, None, None)
    run = await served.sync(mode="full", **CONTACTS)
    status = await served.get("sync-status")
    assert status["last_synced_at"] == run["finished_at"]
    assert status["last_outcome"] == "changed"
    assert status["last_duration_seconds"] > 0
    assert status["next_due_at"] is not None
    (contacts,) = status["resources"]
    assert (contacts["resource"], contacts["records"]) == ("contact", 150)


async def test_progress_streams_until_the_end(served: Organisation, company: Company) -> None:
    company.order_fault("delay", "/v2/customers", seconds=0.4, times=1)
    sync_request_id = await served.ask(mode="full", **CONTACTS)

    async def known() -> dict[str, Any] | None:
        return await served.run_of(sync_request_id)

    run = await eventually(known)
    assert run is not None
    answer = await served.api("GET", f"/v1/sync-runs/{run['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    names = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names[-1] == "finished"
    assert set(names[:-1]) <= {"progress"}
    assert '"outcome":"changed"' in answer.text.splitlines()[-2]


async def test_a_quota_is_waited_out(served: Organisation, company: Company) -> None:
    company.order_fault("status", "/v2/suppliers", status=429, retry_after=1, times=1)
    run = await served.sync(mode="full", **CONTACTS)
    assert run["outcome"] == "changed"
    (deferred,) = await served.events("SyncDeferred")
    assert deferred["failure"]["code"] == "rate_limited"
    assert len(await served.records()) == 150


async def test_a_run_that_waits_says_when_it_goes_on(served: Organisation, company: Company) -> None:
    company.order_fault("status", "/v2/suppliers", status=429, retry_after=3600, times=1)
    sync_request_id = await served.ask(mode="full", **CONTACTS)

    async def deferred() -> dict[str, Any] | None:
        run = await served.run_of(sync_request_id)
        return run if run is not None and run["state"] == "deferred" else None

    waiting = await eventually(deferred)
    assert waiting is not None
    (told,) = await served.events("SyncDeferred")
    assert datetime.fromisoformat(waiting["resume_at"]) == datetime.fromisoformat(told["until"])
    assert (waiting["waiting_for"], waiting["calls"]) == ("budget", 2)
    await served.api("POST", f"/v1/sync-runs/{waiting['id']}/cancel")
    ended = (await served.api("GET", f"/v1/sync-runs/{waiting['id']}")).json()
    assert (ended["state"], ended["resume_at"], ended["waiting_for"]) == ("finished", None, None)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("status", {"status": 503}),
        ("drop", {}),
        ("garbage", {}),
        ("lose_answer", {}),
    ],
)
async def test_a_fault_that_passes_costs_nothing(
    served: Organisation, company: Company, kind: str, details: dict[str, object]
) -> None:
    company.order_fault(kind, "/v2/customers", times=1, **details)
    run = await served.sync(mode="full", **CONTACTS)
    assert (run["outcome"], run["failure"]) == ("changed", None)
    assert len(await served.records()) == 150


async def test_a_refused_token_is_replaced(
    served: Organisation, company: Company, access_tokens: Any
) -> None:
    company.order_fault("status", "/v2/suppliers", status=401, times=1)
    run = await served.sync(mode="full", **CONTACTS)
    assert run["outcome"] == "changed"
    assert [("rejected_token_sha256" in asked) for asked in access_tokens.asked] == [False, True]


async def test_a_missing_scope_is_one_resources_failure(served: Organisation, company: Company) -> None:
    company.order_fault("status", "/v2/projects", status=403, body={"ErrorCode": 4006})
    run = await served.sync(mode="full", resources=["contact", "project"])
    assert (run["outcome"], run["failure"]["code"]) == ("partial", "scope_missing")
    assert {each["resource"]: each["state"] for each in run["resources"]} == {
        "contact": "done",
        "project": "failed",
    }


async def test_a_truncated_listing_deletes_nothing(served: Organisation, company: Company) -> None:
    await served.sync(mode="full", **CONTACTS)
    company.order_fault("truncate_listing", "/v2/customers")
    for _ in range(2):
        run = await served.sync(mode="full", **CONTACTS)
        assert counts(run)[3] == 0
    assert not [record for record in (await served.records()).values() if record["deleted"]]


async def test_a_run_that_waits_or_fails_leaves_a_line(
    served: Organisation, company: Company, access_tokens: Any, caplog: pytest.LogCaptureFixture
) -> None:
    company.order_fault("status", "/v2/suppliers", status=429, retry_after=1, times=1)
    with caplog.at_level(logging.INFO):
        access_tokens.refusal = (409, "reauthorization_required")
        failed = await served.sync(**CONTACTS)
        access_tokens.refusal = None
        waited = await served.sync(mode="full", **CONTACTS)
    lines = {line.getMessage(): line.__dict__ for line in caplog.records if "sync run" in line.getMessage()}
    assert lines.keys() == {"sync run deferred", "sync run failed"}
    deferred, over = lines["sync run deferred"], lines["sync run failed"]
    assert (deferred["run_id"], deferred["code"], deferred["levelname"]) == (
        waited["id"], "rate_limited", "INFO",
    )  # fmt: skip
    assert (over["run_id"], over["code"], over["levelname"]) == (
        failed["id"], "reauthorization_required", "WARNING",
    )  # fmt: skip
    assert over["organisation_id"] == str(served.organisation_id)
    assert over["who_must_act"] == "customer"


async def test_no_token_is_the_customers_turn(served: Organisation, access_tokens: Any) -> None:
    access_tokens.refusal = (409, "reauthorization_required")
    run = await served.sync(**CONTACTS)
    assert run["outcome"] == "failed"
    assert (run["failure"]["code"], run["failure"]["who_must_act"]) == (
        "reauthorization_required",
        "customer",
    )
    (failed,) = await served.events("SyncFailed")
    assert failed["failure"] == run["failure"]


async def test_what_a_person_asks_of_a_lapsed_login_waits_without_a_call_and_goes_on_after(
    served: Organisation, access_tokens: Any
) -> None:
    await served.deliver(served.lapsed())
    asked = await served.ask(**CONTACTS)
    waiting = await served.run_of(asked)
    assert waiting is not None
    assert waiting["state"] == "queued"
    assert access_tokens.asked == []
    await served.deliver(served.authorized())
    assert (await served.finished(asked))["outcome"] == "changed"


async def test_a_connection_that_recovered_lets_every_login_that_waited_go_on(served: Organisation) -> None:
    """The event names the grant that was last, not the only one."""
    await served.deliver(served.lapsed(), served.recovered(last=new_id()))
    assert (await served.sync(**CONTACTS))["outcome"] == "changed"


async def test_a_connection_that_recovered_brings_no_withdrawn_login_back(served: Organisation) -> None:
    await served.deliver(served.deleted(), served.recovered(last=new_id()))
    wish = {"administration_ids": [str(served.administration_id)]}
    answer = await served.api("POST", "/v1/syncs", wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "connection_revoked")


async def test_no_secret_reaches_an_event_or_a_run(
    served: Organisation, access_tokens: Any, company: Company
) -> None:
    company.order_fault("status", "/v2/customers", status=401)
    run = await served.sync(**CONTACTS)
    assert run["outcome"] == "failed"
    secrets = list(access_tokens._tokens.values())
    assert secrets
    told = str(run) + str(await served.events("SyncFailed"))
    assert not [secret for secret in secrets if secret in told]
