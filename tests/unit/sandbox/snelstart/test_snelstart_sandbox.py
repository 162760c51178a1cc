"""The sandbox's SnelStart: keys, four shapes of errors, lists that shift, notices."""

from urllib.parse import quote

import httpx
import pytest
from tests.unit.sandbox.application import Application
from tests.unit.sandbox.snelstart.visit import Visit

from koppel_sandbox.providers.snelstart import notices


async def test_a_key_gives_a_token_as_often_as_it_is_asked_for_and_opens_one_administration() -> None:
    visit = await Visit.begin(Application(), company=1)
    again = (await visit.mint()).json()
    assert again["access_token"] != visit.token
    assert (again["token_type"], again["expires_in"]) == ("bearer", 3599)
    assert (await visit.get("companyInfo")).json()["administratieIdentifier"] == visit.company
    assert len(visit.key) == 700


async def test_a_token_ends_after_its_time_and_with_its_key() -> None:
    visit = await Visit.begin(Application())
    await visit.application.control("POST", "clock", {"provider": "snelstart", "advance_seconds": 3600})
    assert (await visit.get("companyInfo")).status_code == 401
    visit.token = (await visit.mint()).json()["access_token"]
    (replaced,) = (await visit.change("keys", change=1))["changed"]
    assert (await visit.get("companyInfo")).status_code == 401
    assert (await visit.mint()).status_code == 400
    assert (await visit.mint(replaced)).status_code == 200
    await visit.change("keys", remove=1)
    assert (await visit.mint(replaced)).status_code == 400


async def test_refusals_have_four_shapes() -> None:
    visit = await Visit.begin(Application())
    bad_filter = await visit.get("relaties", filter="Naam eq 'x'")
    assert (bad_filter.status_code, bad_filter.json()[0]["errorCode"]) == (400, "ALG-0104")
    bad_number = await visit.get("relaties", top="501")
    assert (bad_number.status_code, "modelState" in bad_number.json()) == (400, True)
    ours = await visit.get("relaties", subscription=False)
    assert (ours.status_code, "subscription key" in ours.json()["message"]) == (401, True)
    visit.token = "gone"
    theirs = await visit.get("relaties")
    assert (theirs.status_code, "Message" in theirs.json()) == (401, True)


async def test_lists_without_odata_ignore_every_option() -> None:
    visit = await Visit.begin(Application())
    for path in ("dagboeken", "kostenplaatsen", "btwtarieven"):
        whole = (await visit.get(path)).json()
        assert (await visit.get(path, skip="1", top="1", filter="nonsense")).json() == whole != []


async def test_rows_shift_while_they_are_read_and_a_filter_tells_what_changed() -> None:
    visit = await Visit.begin(Application())
    before = (await visit.get("relaties")).json()
    newest = max(each["modifiedOn"] for each in before)
    done = await visit.change("relaties", change=2)
    after = (await visit.get("relaties")).json()
    assert {each["id"] for each in after[:2]} == set(done["changed"])
    since = (await visit.get("relaties", filter=f"ModifiedOn gt datetime'{newest}'")).json()
    assert {each["id"] for each in since} == set(done["changed"])
    assert (await visit.get("relaties", skip="1000")).json() == []


async def test_what_is_removed_is_inactive_where_the_provider_flags_and_gone_elsewhere() -> None:
    visit = await Visit.begin(Application())
    (flagged,) = (await visit.change("relaties", remove=1))["removed"]
    held = {each["id"]: each for each in await visit.truth("relaties")}
    assert held[flagged]["nonactief"] is True
    (gone,) = (await visit.change("verkoopfacturen", remove=1))["removed"]
    assert gone not in {each["id"] for each in await visit.truth("verkoopfacturen")}


async def test_each_administration_has_a_window_of_its_own() -> None:
    application = Application({"rate_limit_per_minute": 2})
    first, second = await Visit.begin(application), await Visit.begin(application, 1)
    assert [(await first.get("dagboeken")).status_code for _ in range(3)] == [200, 200, 429]
    refused = await first.get("dagboeken")
    assert refused.headers["retry-after"] == "60"
    assert (await second.get("dagboeken")).status_code == 200
    noted = await application.control("GET", "ledger", provider="snelstart")
    assert noted["violations"] == {"rate_limit": 2}


async def test_ledger_lines_balance_by_journal_day_and_document() -> None:
    visit = await Visit.begin(Application())
    entries: dict[tuple[str, str, str], float] = {}
    for line in await visit.truth("grootboekmutaties"):
        key = (line["dagboek"]["id"], line["datum"], line["boekstuk"])
        entries[key] = entries.get(key, 0) + line["debet"] - line["credit"]
    assert len(entries) == 210
    assert all(abs(rest) < 0.005 for rest in entries.values())


class Posted:
    """Notices as they leave."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bodies: list[bytes] = []
        monkeypatch.setattr(notices, "_post", self._post)

    def _post(self, url: str, body: bytes) -> None:
        assert url == "http://koppel.test/notices"
        self.bodies.append(body)


async def test_an_activation_sends_a_notice_with_the_key_and_the_browser_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posted = Posted(monkeypatch)
    application = Application({})
    await application.control(
        "POST", "reset", {"provider": "snelstart", "notice_url": "http://koppel.test/notices"}
    )
    visit = await Visit.begin(application)
    place = "/snelstart/couplings/activate/koppel"
    page = await visit.http.get(f"{place}?referenceKey=r-1&successUrl={quote('http://koppel.test/back')}")
    back = await through(visit, place, page)
    assert back.headers["location"] == "http://koppel.test/back"
    (body,) = posted.bodies
    told = httpx.Response(200, content=body).json()
    assert (told["ActionType"], told["ReferenceKey"]) == ("Create", "r-1")
    assert (await visit.mint(told["KoppelSleutel"])).status_code == 200
    assert (await visit.mint()).status_code == 400, "the key before opens nothing any more"


async def through(visit: Visit, place: str, page: httpx.Response) -> httpx.Response:
    """A person goes through the forms."""
    for step in ("login", "company", "consent"):
        transaction = page.text.partition('name="transaction" value="')[2].partition('"')[0]
        form = {"transaction": transaction, "username": "demo", "password": "demo"}
        form |= {"company": visit.company, "decision": "allow"}
        page = await visit.http.post(f"{place}/{step}", data=form)
    return page


async def test_companies_have_the_numbers_that_the_other_providers_tell() -> None:
    application = Application()
    told = [
        await application.control("GET", "settings", provider=each) for each in ("eaccounting", "snelstart")
    ]
    numbers = [[each["corporate_identity_number"] for each in one["companies"]] for one in told]
    assert numbers[0] == numbers[1]
