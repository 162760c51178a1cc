"""The article's story as a beheerder lives it, in Dutch: from the login to the last sync."""

import re

from playwright.sync_api import Locator, Page
from tests.browser import provider
from tests.browser.window import Window

ORGANISATION, PERSON = "Kantoor De Vries & Zn.", "Anna de Boer"
EXACT = "Exact van ons kantoor"
_FIRST_VISIT = 100_000
"""Bytes: the page, and what it needs that no browser has yet."""
_ALL_SHOWN = re.compile(r"^(\d+) van \1 getoond")
_ALL_SELECTED = re.compile(r"^(\d+) van \1 getoond, (?!0 )\d+ geselecteerd")


def log_in(window: Window, organisation: str) -> None:
    """At the local issuer, as the first beheerder of a new office."""
    window.go("/")
    window.look()
    form = window.page.locator("form").filter(has_text="Naam van de organisatie")
    window.type(form.get_by_label("Naam van de organisatie"), organisation)
    window.type(form.get_by_label("Uw naam"), PERSON)
    window.type(form.get_by_label("E-mailadres"), "anna@devries.example")
    window.click(form.get_by_role("button"))
    window.arrive("Organisatie")
    window.findings.looked("bytes", window.bytes)
    if window.bytes > _FIRST_VISIT:
        window.findings.add("bytes", "Organisatie", f"a first visit takes {window.bytes:,} bytes")


def connect(window: Window, sandbox: str, user: str) -> None:
    """Organisatie → Verbindingen → + Nieuwe verbinding → pakket → inloggen."""
    new_connection(window, "Exact Online", EXACT)
    at_the_package(window, sandbox, user)


def new_connection(window: Window, package: str, name: str) -> None:
    """To the page that leads to the package's login."""
    window.follow("Verbindingen", exact=True)
    window.arrive("Verbindingen")
    window.follow("+ Nieuwe verbinding")
    window.arrive("Nieuwe verbinding")
    window.follow(package)
    window.page.get_by_label("Naam van de verbinding").wait_for()
    window.look()
    window.fill("Naam van de verbinding", name)
    window.press("Verder")
    window.arrive("Inloggen bij het boekhoudpakket")


def at_the_package(window: Window, sandbox: str, user: str, company: int = 0) -> None:
    """Log in there, and come back."""
    with window.page.expect_navigation():
        window.follow("Ga verder naar het boekhoudpakket")
    provider.log_in(window.page, sandbox, user, company)
    window.arrive("Ingelogd")


def select(window: Window) -> None:
    """+ Administraties importeren → selecteren: one that is searched for, then all."""
    discover(window)
    window.fill("Zoek op naam", "bakkerij")
    window.press("Zoeken")
    window.page.get_by_text("1 van").first.wait_for()
    window.look()
    window.fill("Zoek op naam", "")
    window.press("Zoeken")
    window.page.get_by_text(_ALL_SHOWN).wait_for()
    select_all_that_is_shown(window)


def select_all(window: Window) -> None:
    """+ Administraties importeren → selecteren, without searching."""
    discover(window)
    select_all_that_is_shown(window)


def discover(window: Window) -> None:
    """+ Administraties importeren, until the package told which there are."""
    window.press("+ Administraties importeren")
    window.until(lambda page: page.get_by_role("button", name="Alles selecteren"), "a list of candidates")
    window.arrive("Administraties selecteren")


def select_all_that_is_shown(window: Window) -> None:
    window.press("Alles selecteren")
    window.page.get_by_text(_ALL_SELECTED).wait_for()
    window.press("Verder naar KvK")
    window.arrive("KvK-nummer en sector")


def complete(window: Window) -> None:
    """KvK-nummer, reden, sector; what is missing is said a row, and nothing that was typed is lost."""
    window.press("administraties importeren")
    window.page.locator("#errors").wait_for()
    window.look()
    rows = window.page.locator("tbody tr")
    for number in range(rows.count()):
        row = rows.nth(number)
        if not row.locator("[name^='kvk.']").input_value():
            window.choose(row.locator("[name^='reason.']"), "Geen onderneming")
            window.type(row.locator("[name^='sector.']"), "N")
    window.press("administraties importeren")
    window.arrive("Toewijzen")


def assign(window: Window) -> None:
    """All at once: preview → toepassen → Klaar → ongedaan maken → again."""
    window.press("Preview")
    window.arrive("Preview van de toewijzing")
    window.press("Toepassen", exact=True)
    window.arrive("Klaar")
    window.press("Ongedaan maken")
    window.arrive("Ongedaan gemaakt")


def synchronise(window: Window) -> None:
    """Verbinding with its administrations → Synchroniseren → voortgang → laatst gesynchroniseerd."""
    window.follow("Verbindingen", exact=True)
    window.arrive("Verbindingen")
    window.follow(EXACT)
    window.arrive(EXACT)
    window.until(_all_are_read, "the first sync's outcome of each")
    window.press("Synchroniseren", exact=True)
    window.until(
        lambda page: page.get_by_text("De synchronisatie is gevraagd."), "the answer to Synchroniseren"
    )
    window.arrive(EXACT)
    window.click(window.page.locator("#administrations-table tbody a").first)
    window.page.get_by_text("Laatst gesynchroniseerd").first.wait_for()
    window.look()
    window.until(
        lambda page: page.locator("#sync-now").get_by_text("niets veranderd"), "an incremental run's outcome"
    )
    window.look()


def _all_are_read(page: Page) -> Locator:
    """The table once each row has an outcome: what is asked for while one is being read joins that run."""
    table = page.locator("#administrations-table")
    done = table.locator("tbody tr").filter(has_text=re.compile("bijgewerkt|niets veranderd")).count()
    return table if done == table.locator("tbody tr").count() else page.locator("#not-yet")


def look_around(window: Window) -> None:
    """The administration's other screens, and the rest of the menu."""
    for link, title in (("Schema", "Schema"), ("Gegevens", "Gegevens"), ("Verhaal", "Verhaal")):
        at = window.page.url
        window.follow(link, exact=True)
        window.arrive(re.compile(title))
        window.go(at)
    window.page.locator("tbody a").first.click()
    window.page.get_by_role("heading", level=1, name="Synchronisatie").wait_for()
    window.look()
    for entry in window.page.locator(".top nav a").all_inner_texts():
        window.follow(entry, exact=True)
        window.page.wait_for_load_state("load")
        window.look()
