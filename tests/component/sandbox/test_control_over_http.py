"""Faults, ledger, reset and the other control calls, through a real server."""

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from koppel_sandbox.visitor import log_in

Bookkeepers = Callable[..., Any]
CLIENT = ("koppel-local", "koppel-local-secret")


def test_ordered_answers_come_as_often_as_ordered(bookkeeper: Bookkeepers) -> None:
    user = bookkeeper()
    user.order_fault("status", status=503, times=2)
    assert [user.get("customers").status_code for _ in range(3)] == [503, 503, 200]
    user.order_fault("status", status=429, retry_after=7, times=1)
    limited = user.get("customers")
    assert (limited.headers["retry-after"], limited.json()["ErrorCode"]) == ("7", 4010)
    user.order_fault("status", status=403, body={"ErrorCode": 4011}, times=1)
    assert user.get("customers").json() == {"ErrorCode": 4011}
    user.order_fault("garbage", times=1)
    broken = user.get("customers")
    assert broken.status_code == 200
    with pytest.raises(ValueError, match=r".+"):
        broken.json()


def test_a_fault_can_be_for_one_company_only(sandbox: httpx.Client, bookkeeper: Bookkeepers) -> None:
    first, second = bookkeeper(), bookkeeper(company=1)
    fault = {"match": {"company_id": second.company_id}, "kind": "status", "status": 500}
    sandbox.post("/_sandbox/faults", json=fault).raise_for_status()
    assert (first.get("customers").status_code, second.get("customers").status_code) == (200, 500)
    assert sandbox.get("/_sandbox/faults").json()["items"][0]["hits"] == 1
    assert sandbox.delete("/_sandbox/faults").status_code == 204
    assert second.get("customers").status_code == 200


@pytest.mark.parametrize("kind", ["drop", "lose_answer"])
def test_a_connection_is_cut_without_an_answer(bookkeeper: Bookkeepers, kind: str) -> None:
    user = bookkeeper()
    user.order_fault(kind, times=1)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        user.get("customers")
    assert user.get("customers").status_code == 200
    lost = user.ledger()[-2]
    assert (lost["path"], lost["status"], lost["fault"]) == ("/v2/customers", None, kind)


@pytest.mark.parametrize(("kind", "then"), [("drop", 200), ("lose_answer", 400)])
def test_a_lost_answer_has_rotated_the_refresh_token_and_a_drop_has_not(
    sandbox: httpx.Client, bookkeeper: Bookkeepers, kind: str, then: int
) -> None:
    user = bookkeeper()
    user.order_fault(kind, path="/connect/token", times=1)
    form = {"grant_type": "refresh_token", "refresh_token": user.refresh_token}
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        sandbox.post("/connect/token", data=form, auth=CLIENT)
    assert sandbox.post("/connect/token", data=form, auth=CLIENT).status_code == then


def test_a_truncated_listing_lacks_its_end(sandbox: httpx.Client, bookkeeper: Bookkeepers) -> None:
    user = bookkeeper()
    user.order_fault("truncate_listing")
    answer = user.get("customers", pagesize="1000").json()
    assert len(answer["Data"]) == 60
    assert answer["Meta"]["TotalNumberOfResults"] == 120
    sandbox.delete("/_sandbox/faults")
    assert len(user.get("customers", pagesize="1000").json()["Data"]) == 120


def test_the_ledger_tells_who_called_what_under_which_login(
    sandbox: httpx.Client, bookkeeper: Bookkeepers
) -> None:
    user = bookkeeper()
    user.get("customers", page="2")
    token_call, api_call = user.ledger()
    assert token_call["path"] == "/connect/token"
    assert token_call["grant"] == api_call["grant"] is not None
    assert api_call["company_id"] == user.company_id
    assert (api_call["method"], api_call["query"], api_call["status"]) == ("GET", "$page=2", 200)
    assert api_call["client_id"] == token_call["client_id"] == "koppel-local"
    since = sandbox.get("/_sandbox/ledger", params={"since": str(api_call["at"])}).json()["items"]
    assert since == [api_call]
    assert sandbox.get("/_sandbox/ledger", params={"since": "1"}).json()["items"] == [api_call]
    assert sandbox.delete("/_sandbox/ledger").status_code == 204
    assert user.ledger() == []


def test_a_reset_makes_the_world_that_was_asked_for(sandbox: httpx.Client, bookkeeper: Bookkeepers) -> None:
    order = {"seed": 5, "companies": 12, "sizes": {"customers": 7}}
    first, second = (sandbox.post("/_sandbox/reset", json=order).json() for _ in range(2))
    assert first == second
    assert len(first["companies"]) == 12
    demo, *others = first["users"]
    assert (demo["username"], demo["password"]) == ("demo", "demo")
    assert demo["company_ids"] == [company["id"] for company in first["companies"]]
    assert all(len(user["company_ids"]) < 12 for user in others)
    user = bookkeeper(company=11)
    assert len(user.truth("customers")) == 7
    assert len(user.truth("suppliers")) == 40


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("reset", {"companies": 0}, "companies"),
        ("reset", {"sizes": {"customers": "many"}}, "customers"),
        ("reset", {"sizes": {"horses": 1}}, "horses"),
        ("reset", {"sead": 1}, "sead"),
        ("reset", [], "body"),
        ("faults", {"kind": "earthquake"}, "kind"),
        ("faults", {"kind": "status"}, "status"),
        ("faults", {"kind": "delay", "seconds": -1}, "seconds"),
        ("faults", {"kind": "drop", "match": {"pat": "/v2"}}, "pat"),
        ("faults", {"kind": "drop", "times": 0}, "times"),
        ("companies/{id}/changes", {"collection": "horses", "change": 1}, "collection"),
        ("companies/{id}/changes", {"collection": "customers"}, "change"),
        ("companies/{id}/changes", {"collection": "customers", "remove": 121}, "customers"),
        ("companies/{id}/changes", {"collection": "companysettings", "add": 1}, "companysettings"),
    ],
)
def test_bad_control_input_is_named(sandbox: httpx.Client, path: str, body: object, named: str) -> None:
    company_id = sandbox.get("/_sandbox/settings").json()["companies"][0]["id"]
    answer = sandbox.post(f"/_sandbox/{path.format(id=company_id)}", json=body)
    assert answer.status_code == 422
    assert named in answer.json()["error"]


def test_unknown_companies_and_collections_are_not_found(sandbox: httpx.Client) -> None:
    company_id = sandbox.get("/_sandbox/settings").json()["companies"][0]["id"]
    assert sandbox.get(f"/_sandbox/companies/{company_id}/horses").status_code == 404
    assert sandbox.get("/_sandbox/companies/nobody/customers").status_code == 404


def test_registered_clients_come_from_the_options(
    start_sandbox: Callable[..., AbstractContextManager[str]],
) -> None:
    options = (
        "--client-id",
        "other",
        "--client-secret",
        "secret",
        "--redirect-uri",
        "https://koppel.example/back",
    )
    query = {
        "client_id": "other",
        "redirect_uri": "https://koppel.example/back",
        "scope": "ea:api",
        "response_type": "code",
    }
    with start_sandbox(*options) as url:
        location = log_in(f"{url}/connect/authorize?{urlencode(query)}")
        assert location.startswith("https://koppel.example/back?code=")
        basic = base64.b64encode(b"other:secret").decode()
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(location).query)["code"][0],
            "redirect_uri": "https://koppel.example/back",
        }
        answer = httpx.post(f"{url}/connect/token", data=form, headers={"Authorization": f"Basic {basic}"})
        assert answer.status_code == 200
