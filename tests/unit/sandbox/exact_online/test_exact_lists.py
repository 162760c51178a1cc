"""What the sandbox's Exact Online lists: pages, envelopes, feeds, removals, and who may read what."""

from collections import Counter
from typing import Any

import pytest
from tests.unit.sandbox.exact_online.organisation import Organisation

LINES = "sync/Financial/TransactionLines"


@pytest.fixture
def organisation() -> Organisation:
    return Organisation()


def flat(pages: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [each for page in pages for each in page]


async def test_divisions_come_in_pages_of_sixty_with_every_kind_and_state() -> None:
    states = {"practice": 1, "dossier": 2, "suspended": 1, "archived": 3, "blocked": 1}
    organisation = Organisation({"companies": 130, "statuses": states})
    tokens = await organisation.log_in()
    me = (await organisation.get(tokens, "current/Me")).json()["d"]["results"][0]
    pages = await organisation.pages(tokens, f"{me['CurrentDivision']}/system/Divisions")
    assert [len(page) for page in pages] == [60, 60, 10]
    listed = flat(pages)
    assert Counter(each["Status"] for each in listed) == {1: 126, 2: 3, 0: 1}
    assert sum(each["BlockingStatus"] > 0 for each in listed) == 1
    assert [sum(each[name] for each in listed) for name in ("IsPracticeDivision", "IsDossierDivision")] == [
        1,
        2,
    ]
    assert len({each["Customer"] for each in listed}) > 2, "an office's own and those of its clients"
    told = (await organisation.control("GET", "settings"))["companies"]
    assert [each["id"] for each in told] == [str(each["Code"]) for each in listed]
    assert Counter(each["status"] for each in told) == {
        "active": 125,
        "archived": 3,
        "suspended": 1,
        "blocked": 1,
    }


@pytest.mark.parametrize(
    ("state", "reason"),
    [("archived", "DivisionBlocked"), ("blocked", "DivisionBlocked"), ("suspended", "LicenseExpired")],
)
async def test_a_division_that_is_not_in_use_is_refused_with_the_reason(state: str, reason: str) -> None:
    organisation = Organisation({"companies": 3, "statuses": {state: 1}})
    tokens, division = await organisation.log_in(), (await organisation.companies())[-1]
    refused = await organisation.get(tokens, f"{division}/crm/Accounts", filter="Blocked eq false")
    assert (refused.status_code, refused.headers["reason"]) == (403, reason)


async def test_a_consent_can_leave_divisions_out(organisation: Organisation) -> None:
    first, second, _ = await organisation.companies()
    tokens = await organisation.log_in(without=[second])
    listed = flat(await organisation.pages(tokens, f"{first}/system/Divisions"))
    assert second not in {str(each["Code"]) for each in listed}
    refused = await organisation.get(tokens, f"{second}/vat/VATCodes")
    assert refused.status_code == 403
    assert "not within division scope" in refused.json()["error"]["message"]["value"]
    other = await organisation.get(
        await organisation.log_in("anna"), f"{(await organisation.companies())[2]}/vat/VATCodes"
    )
    assert (other.status_code, other.headers["reason"]) == (403, "NoDivisionAccess")


async def test_who_may_not_list_divisions_lists_those_of_one_licence(organisation: Organisation) -> None:
    first = (await organisation.companies())[0]
    tokens = await organisation.log_in("hugo")
    assert (await organisation.get(tokens, f"{first}/system/Divisions")).status_code == 403
    assert len(flat(await organisation.pages(tokens, f"{first}/hrm/Divisions"))) == 1
    blocked = await organisation.get(await organisation.log_in("wim"), "current/Me")
    assert (blocked.status_code, blocked.headers["reason"]) == (403, "BlockedUser")


async def test_a_feed_is_read_whole_in_pages_that_cut_entries_apart_and_are_in_no_order() -> None:
    organisation = Organisation(
        {"companies": 1, "sizes": {"customerinvoices": 700, "supplierinvoices": 30, "vouchers": 900}}
    )
    tokens, (division,) = await organisation.log_in(), await organisation.companies()
    pages = await organisation.pages(
        tokens, f"{division}/{LINES}", filter="Timestamp gt 1L", select="ID,EntryID,AmountDC,Timestamp"
    )
    assert [len(page) for page in pages] == [1000, 1000, 700 * 3 + 30 * 3 + 170 * 2 - 2000]
    first, second, _ = ({each["EntryID"] for each in page} for page in pages)
    assert first & second, "an entry straddles two pages"
    stamps = [each["Timestamp"] for each in flat(pages)]
    assert stamps != sorted(stamps)
    assert min(stamps) > 2**53
    sums: Counter[str] = Counter()
    for each in flat(pages):
        sums[each["EntryID"]] += round(each["AmountDC"] * 100)
    assert len(sums) == 900
    assert set(sums.values()) == {0}
    truth = await organisation.control("GET", f"companies/{division}/TransactionLines")
    assert {each["ID"] for each in truth["items"]} == {each["ID"] for each in flat(pages)}


async def test_changes_come_with_a_higher_timestamp_and_removals_in_their_own_feed(
    organisation: Organisation,
) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    path, select = f"{division}/sync/CRM/Accounts", "ID,Name,Code,Country,Timestamp"
    before = flat(await organisation.pages(tokens, path, filter="Timestamp gt 1L", select=select))
    assert all(len(each["Code"]) == 18 and each["Country"] == "NL " for each in before)
    seen = max(each["Timestamp"] for each in before)
    done = await organisation.control(
        "POST",
        f"companies/{division}/changes",
        {"collection": "Accounts", "change": 2, "add": 1, "remove": 3},
    )
    after = flat(await organisation.pages(tokens, path, filter=f"Timestamp gt {seen}L", select=select))
    assert {each["ID"] for each in after} == {*done["changed"], *done["added"]}
    gone = flat(
        await organisation.pages(
            tokens,
            f"{division}/sync/Deleted",
            filter="Timestamp gt 1L",
            select="EntityKey,EntityType,Timestamp",
        )
    )
    assert {each["EntityKey"] for each in gone} == set(done["removed"])
    assert {each["EntityType"] for each in gone} == {2}
    assert all(each["Timestamp"] > seen for each in gone)
    await organisation.later(60 * 86_400 + 1)
    tokens = await organisation.log_in()
    forgotten = await organisation.pages(
        tokens, f"{division}/sync/Deleted", filter="Timestamp gt 1L", select="EntityKey"
    )
    assert flat(forgotten) == []


async def test_what_changes_between_two_pages_comes_with_the_next_reading() -> None:
    organisation = Organisation(
        {"companies": 1, "sizes": {"customers": 1500, "suppliers": 0, "supplierinvoices": 0}}
    )
    tokens, (division,) = await organisation.log_in(), await organisation.companies()
    path = f"{division}/sync/CRM/Accounts"
    first = (await organisation.get(tokens, path, filter="Timestamp gt 1L", select="ID,Timestamp")).json()[
        "d"
    ]
    order = {"collection": "Accounts", "change": 700}
    changed = (await organisation.control("POST", f"companies/{division}/changes", order))["changed"]
    rest = flat(await organisation.pages(tokens, first["__next"]))
    seen = max(each["Timestamp"] for each in [*first["results"], *rest])
    again = flat(await organisation.pages(tokens, path, filter=f"Timestamp gt {seen}L", select="ID"))
    assert {each["ID"] for each in again} == set(changed)


async def test_the_line_feed_tells_which_entries_to_read_again(organisation: Organisation) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    lines = flat(
        await organisation.pages(
            tokens, f"{division}/{LINES}", filter="Timestamp gt 1L", select="ID,Timestamp"
        )
    )
    seen = max(each["Timestamp"] for each in lines)
    order = {"collection": "SalesEntries", "change": 1, "add": 1, "remove": 1}
    done = await organisation.control("POST", f"companies/{division}/changes", order)
    fresh = flat(
        await organisation.pages(
            tokens, f"{division}/{LINES}", filter=f"Timestamp gt {seen}L", select="EntryID,Type"
        )
    )
    assert {each["EntryID"] for each in fresh} == {*done["changed"], *done["added"]}
    wanted = " or ".join(
        f"EntryID eq guid'{key}'" for key in [*done["changed"], *done["added"], *done["removed"]]
    )
    read = flat(
        await organisation.pages(
            tokens,
            f"{division}/salesentry/SalesEntries",
            filter=wanted,
            select="EntryID,YourRef,SalesEntryLines/AmountDC",
            expand="SalesEntryLines",
        )
    )
    assert {each["EntryID"] for each in read} == {*done["changed"], *done["added"]}
    assert all(each["SalesEntryLines"]["results"] for each in read)
    gone = flat(
        await organisation.pages(
            tokens, f"{division}/sync/Deleted", filter="EntityType eq 1", select="EntityKey"
        )
    )
    assert len(gone) == 3


async def test_a_memorial_changes_with_all_its_lines_and_loses_single_ones(
    organisation: Organisation,
) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    path = f"companies/{division}/changes"
    changed = (
        await organisation.control("POST", path, {"collection": "GeneralJournalEntries", "change": 1})
    )["changed"]
    truth = (await organisation.control("GET", f"companies/{division}/TransactionLines"))["items"]
    assert [each["EntryID"] for each in truth if "#" in each["Description"]] == changed * 2
    removed = (await organisation.control("POST", path, {"collection": "TransactionLines", "remove": 1}))[
        "removed"
    ]
    gone = flat(await organisation.pages(tokens, f"{division}/sync/Deleted", select="EntityKey"))
    assert [each["EntityKey"] for each in gone] == removed
    async with organisation.client() as http:
        order = {"provider": "exact_online", "collection": "TransactionLines", "add": 1}
        assert (await http.post(f"/_sandbox/{path}", json=order)).status_code == 422


async def test_a_move_makes_every_timestamp_anew(organisation: Organisation) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    path = f"{division}/sync/CRM/Accounts"
    before = flat(await organisation.pages(tokens, path, filter="Timestamp gt 1L", select="ID,Timestamp"))
    seen = max(each["Timestamp"] for each in before)
    await organisation.control(
        "POST", f"companies/{division}/changes", {"collection": "DivisionMoves", "change": 1}
    )
    moved = flat(await organisation.pages(tokens, f"{division}/system/Divisions"))[0]["DivisionMoveDate"]
    assert moved.startswith("/Date(")
    assert flat(await organisation.pages(tokens, path, filter=f"Timestamp gt {seen}L", select="ID")) == []
    anew = flat(await organisation.pages(tokens, path, filter="Timestamp gt 1L", select="ID,Timestamp"))
    assert [each["ID"] for each in anew] == [each["ID"] for each in before]
    assert max(each["Timestamp"] for each in anew) < min(each["Timestamp"] for each in before)


async def test_a_division_is_renamed_and_archived_by_a_change(organisation: Organisation) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    path = f"companies/{division}/changes"
    await organisation.control("POST", path, {"collection": "Divisions", "change": 1})
    assert "#" in (await organisation.control("GET", "settings"))["companies"][0]["name"]
    await organisation.control("POST", path, {"collection": "Divisions", "remove": 1})
    assert (await organisation.control("GET", "settings"))["companies"][0]["status"] == "archived"
    assert (await organisation.get(tokens, f"{division}/vat/VATCodes")).status_code == 403


async def test_a_short_list_comes_as_a_bare_array_now_and_then(organisation: Organisation) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    answers = [(await organisation.get(tokens, f"{division}/vat/VATCodes")).json()["d"] for _ in range(3)]
    assert Counter(type(d).__name__ for d in answers) == {"dict": 2, "list": 1}
    counted = (await organisation.get(tokens, f"{division}/vat/VATCodes", inlinecount="allpages")).json()["d"]
    assert counted["__count"] == "8"
    assert {each["VATPercentages"]["__deferred"]["uri"][-15:] for each in counted["results"]} == {
        "/VATPercentages"
    }
    assert {each["Percentage"] for each in counted["results"]} == {0.0, 0.09, 0.21}


@pytest.mark.parametrize(
    ("path", "query", "status", "says"),
    [
        ("sync/CRM/Accounts", {"filter": "Timestamp gt 1L"}, 400, "$select"),
        ("crm/Accounts", {}, 400, "$filter"),
        ("crm/Accounts", {"filter": "Nothing eq 1"}, 400, "Nothing"),
        ("crm/Accounts", {"filter": "Name eq"}, 400, "Syntax"),
        ("crm/Accounts", {"filter": "Name eq 'a' and"}, 400, "Syntax"),
        ("vat/VATCodes", {"select": "Nothing"}, 400, "Nothing"),
        ("vat/VATCodes", {"orderby": "Code"}, 400, "$orderby"),
        ("vat/VATCodes", {"skiptoken": "x"}, 400, "$skiptoken"),
        ("nothing/Nothing", {}, 404, "not found"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    organisation: Organisation, path: str, query: dict[str, str], status: int, says: str
) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    answer = await organisation.get(tokens, f"{division}/{path}", **query)
    assert answer.status_code == status
    assert says in answer.json()["error"]["message"]["value"]
