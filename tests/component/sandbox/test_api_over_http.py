"""The accounting API, through a real server."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from koppel_sandbox.providers.eaccounting.books.catalogue import KINDS

Bookkeepers = Callable[..., Any]
LISTS = [name for name in KINDS if name != "companysettings"]


def key(name: str, body: dict[str, object]) -> str:
    return f"{body['FiscalYearId']}/{body['Number']}" if name == "accounts" else str(body["Id"])


@pytest.mark.parametrize("name", LISTS)
def test_the_truth_is_what_the_api_serves_also_after_changes(bookkeeper: Bookkeepers, name: str) -> None:
    user = bookkeeper()
    before = user.every(name)
    assert before == user.truth(name)
    done = user.change(name, change=1, add=2, remove=1)
    after = user.every(name)
    assert after == user.truth(name)
    held = {key(name, body): body for body in after}
    assert set(done["added"]) <= set(held)
    assert not set(done["removed"]) & set(held)
    assert held[done["changed"][0]] not in before
    assert len(after) == len(before) + 1


@pytest.mark.parametrize("name", [name for name in LISTS if name not in {"accounts", "vouchers"}])
def test_single_objects_are_the_ones_of_the_list(bookkeeper: Bookkeepers, name: str) -> None:
    user = bookkeeper()
    body = user.every(name)[-1]
    assert user.get(f"{name}/{body['Id']}").json() == body
    assert user.get(f"{name}/{user.company_id}").json()["ErrorCode"] == 3000


def test_accounts_and_vouchers_are_kept_per_fiscal_year(bookkeeper: Bookkeepers) -> None:
    user = bookkeeper()
    years = [str(body["Id"]) for body in user.every("fiscalyears")]
    for name, part in (("accounts", "Number"), ("vouchers", "Id")):
        lists = [user.every(f"{name}/{year}") for year in years]
        assert all(lists)
        assert sum(map(len, lists)) == len(user.every(name))
        last = lists[0][-1]
        assert user.get(f"{name}/{years[0]}/{last[part]}").json() == last
    assert user.get(f"vouchers/{years[1]}/{last['Id']}").status_code == 404
    assert user.get(f"accounts/{years[0]}/9999999").json()["ErrorCode"] == 3002
    assert user.get("accounts/no-year").json()["ErrorCode"] == 3001


def test_an_incremental_pull_finds_exactly_the_changes_since_the_server_time(bookkeeper: Bookkeepers) -> None:
    user = bookkeeper()
    for name, cursor in (
        ("customers", "ChangedUtc"),
        ("suppliers", "ModifiedUtc"),
        ("accounts", "ModifiedUtc"),
    ):
        watermark = user.get(name).json()["Meta"]["ServerTimeUtc"]
        nothing = user.get(name, filter=f"{cursor} gt {watermark}").json()
        assert nothing["Data"] == []
        done = user.change(name, change=3, add=2)
        found = user.get(name, filter=f"{cursor} gt {watermark}").json()["Data"]
        assert {key(name, body) for body in found} == {*done["changed"], *done["added"]}


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("ea:api offline_access", {"projects"}),
        (
            "ea:api offline_access ea:sales_readonly",
            {"projects", "companysettings", "fiscalyears", "customers", "costcenters", "customerinvoices"},
        ),
        ("ea:api offline_access ea:purchase", {"projects", "suppliers", "supplierinvoices"}),
        (
            "ea:api offline_access ea:accounting",
            {"projects", "fiscalyears", "accounts", "vatcodes", "costcenters", "vouchers"},
        ),
    ],
)
def test_a_resource_outside_the_scopes_is_refused(
    bookkeeper: Bookkeepers, scope: str, allowed: set[str]
) -> None:
    user = bookkeeper(scope=scope)
    answers = {name: user.get(name) for name in KINDS}
    assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
    refused = [answer for name, answer in answers.items() if name not in allowed]
    assert {(answer.status_code, answer.json()["ErrorCode"]) for answer in refused} == {(403, 4006)}


def test_errors_have_the_providers_shape(sandbox: httpx.Client, bookkeeper: Bookkeepers) -> None:
    for answer, status, code in (
        (sandbox.get("/v2/customers"), 401, 4005),
        (sandbox.get("/v2/customers", headers={"Authorization": "Bearer x"}), 401, 4005),
        (bookkeeper().get("nothing"), 404, 3000),
        (bookkeeper().get("customers", filter="Nope eq 1"), 400, 6000),
        (bookkeeper().get("customers", filter="ChangedUtc gt never"), 400, 6001),
    ):
        assert answer.status_code == status
        assert set(answer.json()) == {"ErrorCode", "DeveloperErrorMessage", "ErrorId", "Errors"}
        assert answer.json()["ErrorCode"] == code


def test_the_limit_is_shared_by_all_companies_of_a_client(
    sandbox: httpx.Client, bookkeeper: Bookkeepers
) -> None:
    sandbox.post("/_sandbox/reset", json={"rate_limit_per_minute": 3}).raise_for_status()
    first, second = bookkeeper(), bookkeeper(company=1)
    statuses = [user.get("customers").status_code for user in (first, second, first, second)]
    assert statuses == [200, 200, 200, 429]
    answer = first.get("customers")
    assert answer.json()["ErrorCode"] == 4010
    assert any(word.isdigit() for word in answer.json()["DeveloperErrorMessage"].split())
    assert first.get("suppliers").status_code == 200
