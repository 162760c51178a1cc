"""Return URLs: what is on the list, and every way to look as if one were."""

import pytest

from connection_svc.domain.return_url import ReturnUrls, with_outcome
from koppel.kernel.errors import InvalidInput
from koppel.testing.growth import grows_in_proportion

LISTED = ReturnUrls(["https://app.example/koppel", "https://folder.example/a/", "http://intern.example:8080"])
LOCAL = ReturnUrls(["loopback"])


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/koppel",
        "https://app.example:443/koppel/done?tab=1",
        "https://folder.example/a/b",
        "http://intern.example:8080/anything",
        "http://intern.example:8080",
    ],
)
def test_an_address_of_the_list_is_allowed(url: str) -> None:
    assert LISTED.check(url) == url


@pytest.mark.parametrize("url", ["https://app.example", "https://app.example/", "https://app.example/x/y"])
@pytest.mark.parametrize("entry", ["https://app.example", "https://app.example/"])
def test_an_entry_without_a_path_allows_the_whole_host(entry: str, url: str) -> None:
    assert ReturnUrls([entry]).check(url) == url


def test_an_entry_with_a_path_allows_what_is_below_it_alone() -> None:
    urls = ReturnUrls(["https://a.example/b"])
    assert [urls.check(f"https://a.example/b{rest}") for rest in ("", "/", "/c")]
    for path in ("", "/", "/c", "/bc"):
        with pytest.raises(InvalidInput):
            urls.check(f"https://a.example{path}")


def test_a_scheme_has_its_own_port() -> None:
    assert ReturnUrls(["http://a.example"]).check("http://a.example:80/")
    assert ReturnUrls(["https://a.example:443"]).check("https://a.example/")
    with pytest.raises(InvalidInput):
        ReturnUrls(["http://a.example"]).check("http://a.example:443/")


def test_an_address_may_have_two_thousand_characters() -> None:
    longest = "https://app.example/koppel?".ljust(2000, "x")
    assert LISTED.check(longest) == longest
    with pytest.raises(InvalidInput):
        LISTED.check(f"{longest}x")


def test_loopback_may_stand_beside_addresses() -> None:
    both = ReturnUrls(["loopback", "https://app.example"])
    for url in ("http://localhost/", "https://app.example/"):
        assert both.check(url) == url


@pytest.mark.parametrize(
    "url", ["http://localhost:5173/done", "http://127.0.0.1/x?y=z", "http://[::1]:1/", "http://localhost"]
)
def test_loopback_allows_the_machine_itself_on_any_port(url: str) -> None:
    assert LOCAL.check(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/koppel",
        "//app.example/koppel",
        "app.example/koppel",
        "http://app.example/koppel",
        "https://app.example:8443/koppel",
        "https://app.example.evil.example/koppel",
        "https://evil-app.example/koppel",
        "https://evil.example/https://app.example/koppel",
        "https://evil.example/?https://app.example/koppel",
        "https://app.example@evil.example/koppel",
        "https://user:secret@app.example/koppel",
        "https://app.example/koppel-evil",
        "https://app.example/KOPPEL",
        "https://APP.example/koppel",
        "HTTPS://app.example/koppel",
        "https://app.example./koppel",
        "https://app.example/koppel/../evil",
        "https://app.example/koppel/./evil",
        "https://app.example/koppel/.",
        "https://app.example/koppel/%2e%2e/evil",
        "https://app.example/koppel/%2E./evil",
        "https://app.example/koppel%2f..%2fevil",
        "https://app.example//koppel",
        "https://app.example/koppel//evil.example",
        "https://app.example/koppel#fragment",
        "https://app.example\\@evil.example/koppel",
        "https://app.example/koppel\\evil",
        "https://evil.example\\.app.example/koppel",
        "https://app.example/koppel\n",
        "https://app.example/koppel\r\nSet-Cookie: x=y",
        " https://app.example/koppel",
        "https://app.example\t/koppel",
        "https://app.example:/koppel",
        "https://app.example:99999/koppel",
        "https://app.exаmple/koppel",  # a Cyrillic letter
        "javascript:alert(1)",
        "data:text/html,x",
        "https:///koppel",
        "https://[app.example/koppel",
        "https://folder.example/abc",
        "https://app.example/koppel?" + "x" * 2000,
    ],
)
def test_what_only_looks_like_the_list_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        LISTED.check(url)
    assert refused.value.code == "return_url_not_allowed"
    assert [error.pointer for error in refused.value.errors] == ["/return_url"]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:80@evil.example/",
        "http://localhost@evil.example",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://127.1/",
        "http://127.0.0.2/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
        "https://localhost/",
        "http://LOCALHOST/",
        "ftp://localhost/",
        "http://evil.example/?localhost",
        "http://localhost\\.evil.example/",
    ],
)
def test_loopback_means_the_machine_itself_only(url: str) -> None:
    with pytest.raises(InvalidInput):
        LOCAL.check(url)


@pytest.mark.parametrize(
    "entry", ["app.example", "https://a@b.example/", "https://a.example/?x=1", "loop back"]
)
def test_an_entry_that_is_no_address_is_refused_at_start(entry: str) -> None:
    with pytest.raises(ValueError, match="entry"):
        ReturnUrls([entry])


def test_an_empty_list_allows_nothing() -> None:
    with pytest.raises(InvalidInput):
        ReturnUrls([]).check("http://localhost/")


def test_our_parameters_replace_ones_of_the_same_name() -> None:
    url = with_outcome(
        "http://localhost/done?tab=a%20b&outcome=authorized&code=x",
        connection_id="1",
        outcome="failed",
        code="access_denied",
    )
    assert url == "http://localhost/done?tab=a+b&connection_id=1&outcome=failed&code=access_denied"


def test_parameters_of_others_stay_also_empty_ones() -> None:
    url = with_outcome("http://localhost/?tab=&connection_id=9", connection_id="1", outcome="o", code=None)
    assert url == "http://localhost/?tab=&connection_id=1&outcome=o"


def test_a_success_has_no_code() -> None:
    url = with_outcome("http://localhost/done?code=x", connection_id="1", outcome="authorized", code=None)
    assert url == "http://localhost/done?connection_id=1&outcome=authorized"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a", "/", "%2", "/..", "[", "?a=b&", "//"])
def test_an_address_of_any_length_is_read_in_one_pass(piece: str) -> None:
    def act(text: str) -> None:
        with pytest.raises(InvalidInput):
            LISTED.check(f"https://elsewhere.example/{text}")

    assert grows_in_proportion(act, piece)


def test_what_is_missing_is_named_and_a_former_name_is_replaced() -> None:
    given = {"connection_id": "1", "outcome": "failed", "code": "administrations_missing"}
    url = with_outcome("http://localhost/done?missing=9", **given, missing="a,b")
    assert url.endswith("?connection_id=1&outcome=failed&code=administrations_missing&missing=a%2Cb")
    assert "missing" not in with_outcome("http://localhost/done?missing=9", **given, missing="").partition(
        "?"
    )[2].replace("administrations_missing", "")
