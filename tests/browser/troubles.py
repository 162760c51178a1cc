"""What goes wrong at a package, at an office whose companies have names that nobody expects.

A company that is closed is paused until it opens; too much that vanished waits for a person; a login that ended waits for
a login. Each begins with what a person sees first and ends when everything runs again.
"""

import re

from playwright.sync_api import Locator, Page
from tests.browser import importing, provider
from tests.browser.control import Control
from tests.browser.window import Window

BOOKS = 'Boeken <script>alert("boeken")</script> \u202eשל המשרד\u202c'
MARKUP = '<img src=x onerror="alert(1)"> & Zn. B.V.'
LONG = ("\u202b" + "מאפיית דה פריס ובניו" + "\u202c") * 4 + "W" * 200
"""From right to left, and then a word that no line holds."""
_CLOSED = {"ErrorCode": 4004, "DeveloperErrorMessage": "The company is not active."}
_UNAUTHORIZED = {"ErrorCode": 4005, "DeveloperErrorMessage": "The access token is revoked"}
_IN_A_ROW = 3
_WELL = "bijgewerkt|niets veranderd"
_RUNS = "#syncing tbody tr"


class Troubles:
    """`closed` is the company that closes, `other` the one that loses records and its login."""

    def __init__(self, window: Window, sandbox: str) -> None:
        self.window = window
        self.sandbox = sandbox
        self.control = Control(sandbox, "eaccounting")
        self.closed, self.other = (each["id"] for each in self.control.companies()[:2])
        self.over()

    def over(self) -> None:
        """Everything works at the package."""
        self.control.clear()
        self.control.name(self.closed, MARKUP)
        self.control.name(self.other, LONG)

    def connect(self) -> None:
        """A package with a login for each company: the second round follows the first."""
        window = self.window
        importing.new_connection(window, "eAccounting", BOOKS)
        importing.at_the_package(window, self.sandbox, "demo", 0)
        window.press("nog een keer inloggen")
        window.arrive("Inloggen bij het boekhoudpakket")
        importing.at_the_package(window, self.sandbox, "demo", 1)
        importing.select_all(window)
        window.press("administraties importeren")
        window.arrive("Toewijzen")
        window.follow("Overslaan")
        window.arrive("Administraties")
        for name in (MARKUP, LONG):
            self.open(name)
            window.until(_last_outcome, "the first sync's outcome")

    def open(self, name: str) -> None:
        """The administration of that name, by its list."""
        self.window.follow("Administraties", exact=True)
        self.window.arrive("Administraties", look=False)
        self.window.fill("Zoek op naam", name[:40])
        self.window.press("Zoeken")
        self.window.page.wait_for_url(re.compile("q="))
        self.window.click(self.window.page.locator("#administrations-table tbody th a").first)
        self.window.page.locator("#sync-now").wait_for()

    def pause(self) -> None:
        """The company is closed; after as many attempts as are a rule it is paused, and who must act is told."""
        window = self.window
        self.control.answer(403, _CLOSED, company=self.closed)
        self.open(MARKUP)
        for _ in range(_IN_A_ROW):
            self.synchronise("Synchroniseren", "mislukt")
        window.until(lambda page: page.locator("#sync").get_by_text("Gepauzeerd"), "the pause")
        window.look()
        self.newest_run()
        window.look()

    def synchronise(self, button: str, outcome: str) -> None:
        """Of the administration that is open; until its newest run has an outcome of these."""
        window, at = self.window, self.window.page.url.partition("?")[0]
        before = window.page.locator(_RUNS).count()
        window.press(button, exact=True)
        window.page.locator("p[role=status], #run").first.wait_for()
        window.look()
        window.go(at)
        window.until(lambda page: _ended(page, before, re.compile(outcome)), f"{outcome} after {button}")

    def newest_run(self) -> None:
        """Its own page."""
        self.window.click(self.window.page.locator(f"{_RUNS} a").first)
        self.window.arrive("Synchronisatie", look=False)

    def resume(self) -> None:
        """The company is open again: who asks for a sync ends the pause with it."""
        self.over()
        self.open(MARKUP)
        self.synchronise("Synchroniseren", _WELL)
        assert not self.window.page.locator("#sync").get_by_text("Gepauzeerd").count()
        self.window.look()

    def lose_records(self) -> None:
        """All projects and most customers are gone at once: nothing is deleted, somebody has to decide."""
        window = self.window
        self.control.remove(self.other, "projects", 6)
        self.control.remove(self.other, "customers", 80)
        self.open(LONG)
        self.synchronise("Alles opnieuw lezen", f"{_WELL}|deels gelukt")
        self.newest_run()
        window.page.locator("#run").get_by_text("verdween te veel").first.wait_for()
        window.look()

    def decide(self) -> None:
        """One is kept, the other deleted, each with a reason; then nothing waits."""
        window = self.window
        window.go("/")
        window.click(window.page.locator(".todo a[href$='/held-deletions']").first)
        window.arrive("Verwijderingen die wachten")
        for kind, act in (("Projecten", "Bewaren"), ("Relaties", "Verwijderen")):
            one = window.page.locator("article").filter(has_text=kind)
            window.type(one.get_by_label("Reden"), "Nagevraagd bij de klant.")
            window.click(one.get_by_role("button", name=act, exact=True))
            one.wait_for(state="detached")
            window.look()

    def end_the_login(self) -> None:
        """The package takes neither the token nor its successor: the next sync finds out."""
        window = self.window
        self.control.answer(401, _UNAUTHORIZED, company=self.other)
        self.control.answer(400, {"error": "invalid_grant"}, path="/connect/token")
        self.open(LONG)
        window.press("Synchroniseren", exact=True)
        window.page.locator("p[role=status], #run").first.wait_for()
        self.open(LONG)
        window.until(lambda page: page.locator("#sync").get_by_text("Opnieuw inloggen"), "a login that ended")
        window.look()

    def see_who_must_act(self) -> None:
        """From anywhere to the first page, where each of the three says it, and on to the company with the button that helps."""
        window, page = self.window, self.window.page
        with window.counted("Wie moet iets doen: van elk scherm tot wie, waarom en de knop die helpt"):
            window.follow("Organisatie", exact=True)
            window.arrive("Organisatie")
            for what in ("Opnieuw inloggen", "Verwijderingen beoordelen", "Gepauzeerd"):
                page.locator(".todo li").filter(has_text=what).first.wait_for()
            paused = (
                page.locator(".todo li")
                .filter(has_text="Gepauzeerd")
                .filter(has_text="Uw kantoor moet iets doen")
            )
            window.click(paused.get_by_role("link").first)
            page.get_by_text("Uw kantoor moet iets doen").first.wait_for()
            page.get_by_role("button", name="Synchroniseren", exact=True).wait_for()

    def log_in_again(self) -> None:
        """From the first page to the package's login in as few clicks as there are steps, then back: what waited goes on."""
        window = self.window
        self.over()
        window.go("/")
        window.look()
        with window.counted("Iemand moet opnieuw inloggen: naar de login bij het pakket"):
            window.click(window.page.locator(".todo a[href$='/reauthorizations']").first)
            window.arrive("Wie moet opnieuw inloggen?")
            window.press("Opnieuw inloggen", exact=True)
            window.arrive("Inloggen bij het boekhoudpakket")
            with window.page.expect_navigation():
                window.follow("Ga verder naar het boekhoudpakket")
        provider.log_in(window.page, self.sandbox, "demo", 1)
        window.arrive("Ingelogd")
        self.open(LONG)
        window.until(_works, "a sync by itself after the login")
        window.follow("Opnieuw inloggen", exact=True)
        window.page.get_by_text("Niemand. Elke login werkt.").wait_for()
        window.look()


def _last_outcome(page: Page) -> Locator:
    return page.locator("#sync-now").get_by_text(re.compile(_WELL))


def _ended(page: Page, before: int, outcome: re.Pattern[str]) -> Locator:
    """The newest run when there are more than before."""
    runs = page.locator(_RUNS)
    return runs.first.get_by_text(outcome) if runs.count() > before else page.locator("#not-yet")


def _works(page: Page) -> Locator:
    """No pause, and the newest run came to its end."""
    if page.locator("#sync").get_by_text("Gepauzeerd").count():
        return page.locator("#not-yet")
    return page.locator(_RUNS).first.get_by_text(re.compile(_WELL))
