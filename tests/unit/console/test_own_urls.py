"""Which hosts and paths are the console's own."""

import pytest

from koppel_console.own_urls import OwnUrls

HERE = OwnUrls.of("https://company.example/koppel/")


@pytest.mark.parametrize(
    ("given", "inner"),
    [
        ("/koppel", "/"),
        ("/koppel/", "/"),
        ("/koppel/x", "/x"),
        ("/x", "/x"),
        ("/koppelingen", "/koppelingen"),
    ],
)
def test_the_root_path_comes_off_where_it_stands(given: str, inner: str) -> None:
    assert HERE.inner(given) == inner


def test_without_a_root_path_every_path_is_as_it_is() -> None:
    assert OwnUrls.of("http://127.0.0.1:8180").inner("/") == "/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "x",
        "//x",
        "///x",
        "/\\x",
        "\\\\x",
        "https://x",
        "javascript:alert(1)",
        "/x\n",
        "/é",
        "/" + "x" * 2000,
    ],
)
def test_what_leads_elsewhere_is_no_path_of_ours(elsewhere: str) -> None:
    assert HERE.own_path(elsewhere) == "/"


@pytest.mark.parametrize("own", ["/", "/x?y=1&z=%2F", "/imports/1?q=a%20b"])
def test_a_path_of_ours_stays(own: str) -> None:
    assert HERE.own_path(own) == own


def test_on_a_name_of_its_own_loopback_is_a_stranger() -> None:
    assert HERE.answers_to("COMPANY.example")
    assert not HERE.answers_to("127.0.0.1")
    assert not HERE.answers_to("company.example:8443")
