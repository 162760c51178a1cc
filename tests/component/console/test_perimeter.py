"""What every answer carries, and what gets none: foreign hosts, forged forms, forms without proof."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from tests.component.console.browser import Browser
from tests.component.console.conftest import log_in
from tests.component.console.outside import Outside, StubIssuer

from koppel_console.perimeter import POLICY


@pytest.mark.parametrize("path", ["/", "/connections", "/nothing-here", "/login/callback", "/logged-out"])
async def test_every_answer_has_the_policy(browser: Browser, path: str) -> None:
    answer = await browser.http.get(path)
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "127.0.0.1:8181", "127.0.0.1.elsewhere:8180", "", "localhost"]
)
async def test_a_foreign_host_gets_no_page(browser: Browser, host: str) -> None:
    assert (await browser.http.get("/", headers={"Host": host})).status_code == 421


@pytest.mark.parametrize(
    ("public_url", "host"),
    [("http://127.0.0.1:8180", "localhost:8180"), ("https://company.example", "company.example")],
)
async def test_windows_of_others_are_kept_apart_where_browsers_trust_the_way(
    build: Callable[..., FastAPI], public_url: str, host: str
) -> None:
    """Of another way they ignore the header, and warn on their console."""
    http = Browser(build(public_url), public_url).http
    answer = await http.get("/logged-out", headers={"Host": host})
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_a_page_over_an_untrusted_way_has_no_header_that_browsers_warn_of(
    build: Callable[..., FastAPI], browser: Browser
) -> None:
    inside = Browser(build("http://koppel.intranet"), "http://koppel.intranet").http
    assert "cross-origin-opener-policy" not in (await inside.get("/logged-out")).headers
    foreign = await browser.http.get("/", headers={"Host": "elsewhere.example:8180"})
    assert "cross-origin-opener-policy" not in foreign.headers


@pytest.mark.parametrize("host", ["localhost:8180", "127.0.0.1:8180", "[::1]:8180"])
async def test_loopback_is_loopback_by_any_name(browser: Browser, host: str) -> None:
    assert (await browser.http.get("/logged-out", headers={"Host": host})).status_code == 200


async def test_probes_are_answered_under_any_host(browser: Browser) -> None:
    assert (await browser.http.get("/livez", headers={"Host": "10.0.0.7:8080"})).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
@pytest.mark.parametrize("before", ["", "/koppel"])
async def test_probes_and_metrics_are_not_reached_by_the_public_host(
    build: Callable[..., FastAPI], path: str, before: str
) -> None:
    """An Ingress leads everything under that host here; the kubelet and Prometheus ask a pod by its address."""
    browser = Browser(build(f"https://company.example{before}"), "https://company.example")
    assert (await browser.http.get(f"{before}{path}")).status_code == 404
    assert (await browser.http.get(f"{before}{path}", headers={"Host": "COMPANY.example"})).status_code == 404
    assert (await browser.http.get(path, headers={"Host": "10.0.0.7:8080"})).status_code in {200, 503}


@pytest.mark.parametrize("path", ["/livez", "/metrics"])
async def test_on_loopback_probes_and_metrics_are_answered(browser: Browser, path: str) -> None:
    assert (await browser.http.get(path)).status_code == 200


@pytest.mark.parametrize("proof", [None, "", "forged"])
async def test_a_form_without_our_proof_changes_nothing(
    browser: Browser, outside: Outside, proof: str | None
) -> None:
    pairs = [("provider", "books")] + ([("csrf", proof)] if proof is not None else [])
    page = await browser.send("/connections/new", pairs)
    assert page.status == 403
    assert not [call for call in outside.calls if call.method != "GET"]


async def test_a_form_that_another_site_sends_changes_nothing(browser: Browser, outside: Outside) -> None:
    form = (await browser.get("/")).form("/logout")
    page = await browser.send("/logout", form.fields, **{"Sec-Fetch-Site": "cross-site"})
    assert page.status == 403
    assert (await browser.get("/")).status == 200


async def test_the_proof_of_another_person_is_none(
    app: FastAPI, browser: Browser, stub_issuer: StubIssuer
) -> None:
    form = (await browser.get("/")).form("/view")
    other = Browser(app)
    stub_issuer.claims["sub"] = "somebody else"
    await log_in(other, stub_issuer)
    assert (await other.send("/view", form.fields)).status == 403


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 1_100_000, 413),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 10_001), 400),
        ("application/x-www-form-urlencoded", b"a=\xff", 400),
    ],
)
async def test_what_is_no_form_is_refused(
    browser: Browser, content_type: str, content: bytes, status: int
) -> None:
    answer = await browser.http.post("/logout", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == status


async def test_every_route_that_changes_something_takes_a_form_with_proof(app: FastAPI) -> None:
    for route in app.routes:
        if "POST" in getattr(route, "methods", ()):
            wanted = {each.call.__name__ for each in route.dependant.dependencies if each.call}  # type: ignore[attr-defined]
            assert wanted & {"posted", "posted_by_guest"}, route


async def test_an_unforeseen_error_is_a_page_without_its_stack(browser: Browser, app: FastAPI) -> None:
    app.state.parts.pages._templates = None
    answer = await browser.http.get("/")
    assert answer.status_code == 500
    assert "Er is niets verloren" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("stripped", [False, True])
async def test_it_works_under_a_root_path(
    build: Callable[..., FastAPI], stub_issuer: StubIssuer, stripped: bool
) -> None:
    """Whether the proxy in front takes the root path off or leaves it on."""
    browser = Browser(build("https://company.example/koppel"), "https://company.example")
    before = "" if stripped else "/koppel"
    answer = await browser.http.get(f"{before}/login?again=1")
    back = await browser.http.get(
        f"{before}/login/callback", params=stub_issuer.authorize(answer.headers["location"])
    )
    assert back.headers["location"] == "/koppel/"
    page = await browser.get(f"{before}/")
    assert page.links["Verbindingen"] == "/koppel/connections"
    assert (
        await browser.http.get(page.html.partition('stylesheet" href="')[2].partition('"')[0])
    ).status_code == 200


async def test_language_and_theme_are_chosen_and_kept(browser: Browser) -> None:
    page = await browser.get("/connections")
    assert '<html lang="nl">' in page.html
    page = await browser.post(page.form("/view"), language="en", theme="dark")
    assert '<html lang="en" data-theme="dark">' in page.html
    assert "New connection" in page.words
    page = await browser.post(page.form("/view"), language="xx", theme="<script>")
    assert '<html lang="en">' in page.html


async def test_a_browser_in_english_gets_english(app: FastAPI) -> None:
    page = await Browser(app).get("/logged-out", **{"Accept-Language": "en-GB,en;q=0.9,nl;q=0.5"})
    assert "You are logged out" in page.words


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/ops/cause/dry-run?service=sync-svc&code=x", "/ops/cause?service=sync-svc&code=x"),
        ("/held-deletions/0198c0de-0000-7000-8000-000000000003/release", "/held-deletions"),
        ("/syncs", "/"),
    ],
)
async def test_an_address_that_takes_forms_only_leads_to_the_page_above_it(
    browser: Browser, path: str, page: str
) -> None:
    answer = await browser.http.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, page)


async def test_another_language_can_be_chosen_on_a_page_that_came_of_a_form(browser: Browser) -> None:
    held = "/held-deletions/0198c0de-0000-7000-8000-000000000003/release"
    csrf = dict((await browser.get("/")).forms[0].fields)["csrf"]
    page = await browser.send(held, [("csrf", csrf), ("reason", "x")])
    assert page.status == 404
    page = await browser.post(page.form("/view"), language="en")
    assert page.status == 200
    assert "Deletions that wait" in page.words
