"""How Exact wraps a list: what is taken of an answer, and what is never believed."""

import httpx
import orjson
import pytest

from koppel.providers.calls import Answer
from koppel.providers.exact_online.odata import Listed, listed
from koppel.providers.failures import ProviderFailure

NEXT = "https://start.exactonline.nl/api/v1/17/crm/Accounts?$select=ID&$skiptoken=guid%27a-1%27"


def page(d: object, *, asked: str | None = None, page_size: int = 60) -> Listed:
    return listed(Answer(200, httpx.Headers(), orjson.dumps({"d": d})), asked=asked, page_size=page_size)


def refusal(body: bytes, *, asked: str | None = None, page_size: int = 60) -> str:
    with pytest.raises(ProviderFailure) as refused:
        listed(Answer(200, httpx.Headers(), body), asked=asked, page_size=page_size)
    return refused.value.code


def test_page_has_its_items_its_count_and_the_skiptoken_of_the_next() -> None:
    assert page({"results": [{"ID": "a"}], "__next": NEXT, "__count": "61"}) == (
        [{"ID": "a"}],
        "guid'a-1'",
        61,
    )


def test_only_the_skiptoken_of_a_next_address_is_taken() -> None:
    elsewhere = "http://evil.test/take?token=1&$skiptoken=x"
    assert page({"results": [], "__next": elsewhere}).skiptoken == "x"


@pytest.mark.parametrize("d", [[{"ID": "a"}], {"ID": "a"}], ids=["bare array", "single object"])
def test_list_without_results_is_a_last_page(d: object) -> None:
    assert page(d) == ([{"ID": "a"}], None, None)


def test_bare_array_as_long_as_a_page_may_be_cut_off_and_is_asked_again() -> None:
    assert refusal(orjson.dumps({"d": [{}, {}]}), page_size=2) == "provider_bad_answer"


def test_metadata_and_unexpanded_collections_are_dropped_and_expanded_ones_are_lists() -> None:
    item = {
        "__metadata": {"uri": "u", "type": "t"},
        "EntryID": "e",
        "BankAccounts": {"__deferred": {"uri": "u"}},
        "SalesEntryLines": {"results": [{"__metadata": {}, "ID": "l", "Item": {"__deferred": {}}}]},
    }
    assert page([item]).items == [{"EntryID": "e", "SalesEntryLines": [{"ID": "l"}]}]


def test_page_that_names_itself_as_its_next_is_refused() -> None:
    body = orjson.dumps({"d": {"results": [{"ID": "a"}], "__next": NEXT}})
    assert refusal(body, asked="guid'a-1'") == "provider_bad_answer"


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Even geduld</body></html>",
        b'<?xml version="1.0"?><feed/>',
        b"",
        b"[]",
        b"{}",
        b'{"d":null}',
        b'{"d":{}}',
        b'{"d":"text"}',
        b'{"d":{"results":{"ID":"a"}}}',
        b'{"error":{"code":"","message":{"lang":"","value":"x"}}}',
        b'{"d":{"results":[],"__next":"https://a.test/without-a-token"}}',
        b'{"d":{"results":[],"__next":"http://["}}',
        b'{"d":{"results":[],"__next":7}}',
        b'{"d":{"results":[],"__next":"?$skiptoken=' + b"a" * 9000 + b'"}}',
        b'{"d":{"results":[],"__next":"?' + b"a=1&" * 1500 + b'"}}',
    ],
)
def test_answer_of_another_form_is_refused_and_never_an_empty_list(body: bytes) -> None:
    assert refusal(body) == "provider_bad_answer"


@pytest.mark.parametrize("count", ["many", -1, True, 1.5, "9" * 30, None])
def test_count_that_is_no_number_is_no_count(count: object) -> None:
    assert page({"results": [], "__count": count}).total is None


def test_expanded_collection_that_goes_on_elsewhere_is_no_list_so_that_no_half_entry_is_taken_for_whole() -> (
    None
):
    lines = {"results": [{"ID": "l"}], "__next": NEXT}
    assert page([{"EntryID": "e", "SalesEntryLines": lines}]).items == [
        {"EntryID": "e", "SalesEntryLines": lines}
    ]


@pytest.mark.parametrize("following", [None, ""])
def test_list_without_a_next_address_is_a_last_page(following: str | None) -> None:
    assert page({"results": [{"ID": "a"}], "__next": following}) == ([{"ID": "a"}], None, None)
