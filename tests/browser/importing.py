"""The article's story as a beheerder lives it, in Dutch: from the login to the last sync."""

import re

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
    form.get_by_label("Naam van de organisatie").fill(organisation)
    form.get_by_label("Uw naam").fill(PERSON)
    form.get_by_label("E-mailadres").fill("anna@devries.example")
    form.get_by_role("button").click()
    window.arrive("Organisatie")
    window.findings.looked("bytes", window.bytes)
    if window.bytes > _FIRST_VISIT:
        window.findings.add("bytes", "Organisatie", f"a first visit takes {window.bytes:,} bytes")


def connect(window: Window, sandbox: str, user: str) -> None:
    """Organisatie → Verbindingen → + Nieuwe verbinding → pakket → inloggen."""
    window.follow("Verbindingen", exact=True)
    window.arrive("Verbindingen")
    window.follow("+ Nieuwe verbinding")
    window.arrive("Nieuwe verbinding")
    window.follow("Exact Online")
    window.page.get_by_label("Naam van de verbinding").wait_for()
    window.look()
    window.fill("Naam van de verbinding", EXACT)
    window.press("Verder")
    window.arrive("Inloggen bij het boekhoudpakket")
    with window.page.expect_navigation():
        window.follow("Ga verder naar het boekhoudpakket")
    provider.log_in(window.page, sandbox, user)
    window.arrive("Ingelogd")


def select(window: Window) -> None:
    """+ Administraties importeren → selecteren."""
    window.press("+ Administraties importeren")
    window.until(lambda page: page.get_by_role("button", name="Alles selecteren"), "a list of candidates")
    window.arrive("Administraties selecteren")
    window.fill("Zoek op naam", "bakkerij")
    window.press("Zoeken")
    window.page.get_by_text("1 van").first.wait_for()
    window.look()
    window.fill("Zoek op naam", "")
    window.press("Zoeken")
    window.page.get_by_text(_ALL_SHOWN).wait_for()
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
            row.locator("[name^='reason.']").select_option("no_company")
            row.locator("[name^='sector.']").fill("N")
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
    window.until(
        lambda page: page.locator("#administrations-table").get_by_text(
            re.compile("bijgewerkt|niets veranderd")
        ),
        "the first sync's outcome",
    )
    window.press("Synchroniseren", exact=True)
    window.until(
        lambda page: page.get_by_text("De synchronisatie is gevraagd."), "the answer to Synchroniseren"
    )
    window.arrive(EXACT)
    window.page.locator("#administrations-table tbody a").first.click()
    window.page.get_by_text("Laatst gesynchroniseerd").first.wait_for()
    window.look()
    window.until(
        lambda page: page.locator("#sync-now").get_by_text("niets veranderd"), "an incremental run's outcome"
    )
    window.look()


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
