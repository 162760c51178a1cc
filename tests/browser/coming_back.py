"""Whatever comes between the steps of an import: a reload, a second tab, a service that restarts, a night, somebody else's form."""

from playwright.sync_api import Locator, Page
from tests.browser import importing
from tests.browser.stage import Stage
from tests.browser.window import Window

ORGANISATION = "Kantoor Onderbroken"
_SESSION = "koppel_session"
_FORGED = """(action) => {
  const form = document.createElement('form');
  Object.assign(form, {method: 'post', action});
  document.body.append(form);
  form.submit();
}"""


def to_the_candidates(window: Window, sandbox: str, user: str) -> None:
    """A reload and the way back lead to where the import is."""
    importing.log_in(window, ORGANISATION)
    importing.connect(window, sandbox, user)
    importing.discover(window)
    window.page.reload()
    window.arrive("Administraties selecteren", look=False)
    window.follow("Verbinding", exact=True)
    window.follow("Verder gaan")
    window.arrive("Administraties selecteren", look=False)
    window.page.go_back()
    window.page.go_forward()
    window.arrive("Administraties selecteren", look=False)


def in_a_second_tab(window: Window) -> None:
    """Who comes second is told, and finds on the page what was chosen there."""
    second = window.page.context.new_page()
    second.goto(window.page.url)
    second.locator("[name=selected]").first.check()
    second.locator("main").get_by_role("button", name="Bewaren", exact=True).click()
    second.get_by_text("1 geselecteerd").wait_for()
    second.close()
    window.page.locator("[name=selected]").nth(1).check()
    window.click(_save(window))
    window.page.locator("#errors").wait_for()
    window.look()
    assert window.page.locator("[name=selected]").nth(1).is_checked()
    window.press("Alles selecteren")
    window.page.locator("#errors").wait_for(state="detached")


def while_import_svc_restarts(stage: Stage, window: Window) -> None:
    """The page says who does not answer; one step back everything is as it was left."""
    stage.stop("import-svc")
    try:
        window.press("Verder naar KvK")
        window.page.get_by_text("import-svc antwoordt niet").first.wait_for()
        window.look()
    finally:
        stage.stack.start()
    window.page.go_back()
    window.press("Verder naar KvK")
    window.arrive("KvK-nummer en sector")


def tomorrow(window: Window) -> None:
    """The login ended: what was typed is sent again after logging in, and an address leads back to itself."""
    at = window.page.url
    window.page.locator("[name^='sector.']").first.fill("G")
    window.page.context.clear_cookies(name=_SESSION)
    window.click(_save(window))
    window.arrive("Log opnieuw in")
    with window.page.expect_popup() as opened:
        window.follow("Inloggen (nieuw tabblad)")
    _log_in(opened.value)
    opened.value.get_by_role("heading", level=1, name="U bent ingelogd").wait_for()
    opened.value.close()
    window.press("Nog eens versturen")
    window.arrive("KvK-nummer en sector")
    assert window.page.locator("[name^='sector.']").first.input_value() == "G"
    window.page.context.clear_cookies(name=_SESSION)
    window.go(at)
    _log_in(window.page)
    window.arrive("KvK-nummer en sector")
    assert window.page.url == at, window.page.url


def whatever_others_send(stage: Stage, window: Window) -> None:
    """A form without proof, one of another page, a return to elsewhere, another host: a page that says so, and nothing done."""
    at = window.page.url
    window.page.locator("main form [name=csrf]").first.evaluate("(field) => field.remove()")
    window.click(_save(window))
    window.arrive("Formulier niet aangenomen")
    window.go(stage.sandbox + "/_sandbox/health")
    window.page.evaluate(_FORGED, f"{stage.console}/logout")
    window.arrive("Formulier niet aangenomen", look=False)
    window.go("/login?to=https://elsewhere.example/")
    _log_in(window.page)
    window.arrive("Organisatie", look=False)
    assert window.page.url.startswith(stage.console), window.page.url
    answer = window.page.goto(stage.console.replace("127.0.0.1", "elsewhere.example"))
    assert answer is not None, "no answer at all"
    assert answer.status == 421, answer.status
    window.go(at)


def to_the_end(window: Window) -> None:
    """The import that was begun yesterday."""
    importing.complete(window)
    window.page.reload()
    window.arrive("Toewijzen", look=False)
    importing.assign(window)
    window.page.reload()
    window.arrive("Ongedaan gemaakt", look=False)


def remove_one(window: Window) -> str:
    """In one tab, while its page is open in another one, which says so and leads on. Returns its id."""
    window.follow("Administraties", exact=True)
    window.arrive("Administraties", look=False)
    links = window.page.locator("#administrations-table tbody th a").all()
    window.click(next(each for each in reversed(links) if not _was_seen(window, each)))
    window.page.locator("#sync-now").wait_for()
    at = window.page.url
    second = window.page.context.new_page()
    second.goto(at)
    second.get_by_role("link", name="Administratie verwijderen").click()
    second.locator("main button.danger").click()
    second.get_by_role("heading", level=1, name="Administraties").wait_for()
    second.close()
    window.follow("Schema", exact=True)
    window.page.get_by_role("heading", level=1).first.wait_for()
    window.look()
    assert window.page.locator(".top nav a").count()
    window.go(at)
    window.page.get_by_role("heading", level=1).first.wait_for()
    window.look()
    return at.rpartition("/")[2]


def _was_seen(window: Window, link: Locator) -> bool:
    """An administration whose screens and command lines others come by."""
    return f"{window.console}{link.get_attribute('href')}" in window.seen.screens


def _save(window: Window) -> Locator:
    """Not the one at the foot of each page."""
    return window.page.locator("main").get_by_role("button", name="Bewaren", exact=True)


def _log_in(page: Page) -> None:
    """At the local issuer, as who has been there before."""
    page.get_by_role("link", name=ORGANISATION).click()
    page.locator("[name=person]").first.check()
    page.get_by_role("button", name="Ga verder", exact=True).click()
