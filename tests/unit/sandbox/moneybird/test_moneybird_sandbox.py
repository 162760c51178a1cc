"""The sandbox's Moneybird: what it does that an adapter must cope with."""

import pytest
from tests.unit.sandbox.application import NOON, Application
from tests.unit.sandbox.moneybird.login import CLIENT, Visit

_ALL = "period:20200101..20301231,state:all"


async def test_one_login_lists_every_administration_of_its_user_with_ids_of_18_digits() -> None:
    application = Application({"companies": 4, "statuses": {"suspended": 1}})
    for username, reached in (("demo", 4), ("anna", 2)):
        visit = await Visit.begin(application, username)
        listed = (await visit.send("GET", "/administrations.json")).json()
        assert len(listed) == reached
        assert all(len(each["id"]) == 18 for each in listed)
    told = await application.control("GET", "settings", provider="moneybird")
    assert [each["status"] for each in told["companies"]] == ["active"] * 3 + ["suspended"]


async def test_no_token_answer_tells_an_end_and_a_token_ends_all_the_same() -> None:
    visit = await Visit.begin(Application({"access_token_seconds": 60}))
    assert "expires_in" not in visit.tokens
    assert (await visit.get("identities/default.json")).status_code == 200
    await visit.application.control("POST", "clock", {"provider": "moneybird", "advance_seconds": 61})
    assert (await visit.get("identities/default.json")).status_code == 401


async def test_a_refresh_token_holds_once_and_revoking_ends_the_whole_login() -> None:
    visit = await Visit.begin(Application())
    asked = {**CLIENT, "grant_type": "refresh_token", "refresh_token": visit.tokens["refresh_token"]}
    renewed = await visit.http.post("/moneybird/oauth/token", data=asked)
    again = await visit.http.post("/moneybird/oauth/token", data=asked)
    assert (renewed.status_code, again.status_code) == (200, 400)
    assert again.json()["error"] == "invalid_grant"
    await visit.http.post("/moneybird/oauth/revoke", data={**CLIENT, "token": "unknown"})
    assert (await visit.send("GET", "/administrations.json")).status_code == 200
    await visit.http.post(
        "/moneybird/oauth/revoke", data={**CLIENT, "token": renewed.json()["refresh_token"]}
    )
    assert (await visit.send("GET", "/administrations.json")).status_code == 401


async def test_client_credentials_count_in_the_body_alone() -> None:
    visit = await Visit.begin(Application())
    asked = {"grant_type": "refresh_token", "refresh_token": visit.tokens["refresh_token"]}
    basic = (CLIENT["client_id"], CLIENT["client_secret"])
    refused = await visit.http.post("/moneybird/oauth/token", data=asked, auth=basic)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_one_budget_for_an_address_whichever_administration_and_login() -> None:
    application = Application({"rate_limit_per_minute": 1})
    first, second = await Visit.begin(application), await Visit.begin(application, "anna", company=1)
    for visit in (first, second, first, second, first):
        answer = await visit.get("tax_rates.json")
        assert answer.status_code == 200
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("5", "0")
    refused = await second.get("tax_rates.json")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == str(NOON // 1_000_000 + 300)
    noted = await application.control("GET", "ledger", provider="moneybird")
    assert noted["violations"] == {"rate_limit": 1}
    assert [(each["key"], each["refused"]) for each in noted["windows"]] == [("127.0.0.1", 1)]


async def test_an_ordered_429_tells_an_epoch_second_as_well() -> None:
    visit = await Visit.begin(Application())
    fault = {"provider": "moneybird", "match": {}, "kind": "status", "status": 429, "retry_after": 7}
    await visit.application.control("POST", "faults", fault)
    answer = await visit.get("contacts.json")
    assert answer.headers["retry-after"] == str(NOON // 1_000_000 + 7)
    assert "Retry later" in answer.text


async def test_versions_are_those_of_the_objects_and_move_with_a_change() -> None:
    visit = await Visit.begin(Application())
    for path in ("contacts", "documents/purchase_invoices", "external_sales_invoices"):
        before = await _versions(visit, path)
        done = await visit.change(path, change=2, add=1, remove=3)
        after = await _versions(visit, path)
        assert sorted(before.keys() - after.keys()) == sorted(done["removed"])
        moved = {key for key, version in after.items() if before.get(key) != version}
        assert sorted(moved) == sorted(done["changed"] + done["added"])
        answer = await visit.send(
            "POST",
            f"/{visit.company}/{path}/synchronization.json",
            json={"ids": [*moved, *done["removed"], "7"]},
        )
        assert {each["id"]: each["version"] for each in answer.json()} == {key: after[key] for key in moved}


async def _versions(visit: Visit, path: str) -> dict[str, int]:
    answer = await visit.get(f"{path}/synchronization.json", filter=_ALL, include_archived="true")
    return {each["id"]: each["version"] for each in answer.json()}


async def test_more_than_a_hundred_ids_are_refused() -> None:
    visit = await Visit.begin(Application())
    path = f"/{visit.company}/contacts/synchronization.json"
    wrong: list[object] = [{"ids": ["1"] * 101}, {"ids": "1"}, {}, []]
    for body in wrong:
        assert (await visit.send("POST", path, json=body)).status_code == 400


async def test_lists_hold_this_year_and_what_is_in_use_unless_more_is_named() -> None:
    visit = await Visit.begin(
        Application({"sizes": {"customers": 40}})
    )  # its clock stands in 2027, all invoices are older
    assert (await visit.get("sales_invoices.json")).json() == []
    assert (await visit.get("sales_invoices/synchronization.json")).json() == []
    assert len((await visit.get("sales_invoices.json", filter=_ALL, per_page="100")).json()) == 100
    for path, extra in (("contacts", {"include_archived": "true"}), ("projects", {"filter": "state:all"})):
        shown = [(await visit.get(f"{path}.json", per_page="100", **each)).json() for each in ({}, extra)]
        assert len(shown[0]) < len(shown[1])


@pytest.mark.parametrize(
    "period", ["20250101..", "..20250101", "2025..2026", "yesterday", "20259901..20260101"]
)
async def test_a_period_that_is_open_or_unreadable_is_refused(period: str) -> None:
    visit = await Visit.begin(Application())
    assert (await visit.get("sales_invoices.json", filter=f"period:{period}")).status_code == 400


async def test_links_lead_through_the_pages_and_one_past_the_last_is_refused() -> None:
    visit = await Visit.begin(Application({"sizes": {"customers": 100, "suppliers": 50}}))
    asked = {"per_page": "100", "include_archived": "true"}
    first, last = [await visit.get("contacts.json", page=page, **asked) for page in ("1", "2")]
    assert 'rel="next"' in first.headers["link"]
    assert 'rel="next"' not in last.headers["link"]
    assert len(first.json()) + len(last.json()) == 150
    assert (await visit.get("contacts.json", page="3", **asked)).status_code == 400
    assert (await visit.get("contacts.json", per_page="101")).status_code == 400


async def test_ids_are_text_here_and_numbers_there_and_amounts_are_text() -> None:
    visit = await Visit.begin(Application())
    (rate, *_) = (await visit.get("tax_rates.json")).json()
    (invoice, *_) = (await visit.get("sales_invoices.json", filter=_ALL)).json()
    rows = invoice["details"]
    assert isinstance(rate["id"], int)
    assert isinstance(invoice["id"], str)
    assert isinstance(rows[0]["tax_rate_id"], int)
    assert invoice["total_price_incl_tax"] == str(float(invoice["total_price_incl_tax"]))


async def test_a_suspended_administration_refuses_and_a_vanished_one_is_not_found() -> None:
    application = Application({"companies": 3, "statuses": {"suspended": 1, "archived": 2}})
    suspended = await Visit.begin(application, company=2)
    answer = await suspended.get("contacts.json")
    assert (answer.status_code, answer.json()["symbolic"]) == (403, {"administration": "suspended"})
    visit = await Visit.begin(application)
    await visit.change("administrations", remove=1)
    assert (await visit.get("contacts.json")).status_code == 404
    assert len((await visit.send("GET", "/administrations.json")).json()) == 2


async def test_a_scope_that_was_not_granted_is_refused() -> None:
    visit = await Visit.begin(Application(), scope="sales_invoices")
    assert (await visit.get("contacts.json")).status_code == 200
    assert (await visit.get("projects.json")).status_code == 403
    assert (await visit.get("documents/receipts.json")).status_code == 403


async def test_the_truth_is_what_the_api_serves() -> None:
    visit = await Visit.begin(Application())
    truth = await visit.application.control(
        "GET", f"companies/{visit.company}/documents/receipts", provider="moneybird"
    )
    served = await visit.get("documents/receipts.json", filter=_ALL, per_page="100")
    assert served.json() == truth["items"]
    assert truth["total"] == 6


async def test_a_half_version_list_is_a_fault_that_can_be_ordered() -> None:
    visit = await Visit.begin(Application())
    whole = await _versions(visit, "contacts")
    fault = {"provider": "moneybird", "match": {}, "kind": "truncate_listing"}
    await visit.application.control("POST", "faults", fault)
    assert len(await _versions(visit, "contacts")) == len(whole) // 2


async def test_companies_have_the_numbers_that_the_other_providers_tell() -> None:
    application = Application()
    told = [
        await application.control("GET", "settings", provider=each) for each in ("eaccounting", "moneybird")
    ]
    numbers = [[each["corporate_identity_number"] for each in one["companies"]] for one in told]
    assert numbers[0] == numbers[1]
