"""What an operator mends: an event that a defect parked, and rows that a service lost; what it takes is counted in clicks."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page
from tests.browser import defects
from tests.browser.stage import Stage
from tests.browser.window import Window

_PASSES = "1 zouden slagen, 0 falen"


def release(stage: Stage, window: Window) -> None:
    """A dry run before the mend says that it would fail, one after it that it passes; then it is tried again."""
    window.go("/ops")
    window.until(_cause, "what the defect parked")
    window.look()
    with window.counted("Geparkeerd door een fout: van het overzicht tot verwerkt"):
        window.click(_cause(window.page).first)
        window.page.locator("#act").wait_for()
        defects.mend_sync_svc(stage)
        window.press("Proefdraaien")
        window.page.get_by_text(_PASSES).wait_for()
        window.look()
        form = window.page.locator("form[action*='/ops/cause/retry']")
        window.type(form.locator("[name=reason]"), "De fout is hersteld.")
        window.click(form.get_by_role("button", name="Opnieuw proberen"))
    window.page.locator("#release").wait_for()
    window.until(lambda page: page.locator("#release .state.good"), "the end of the release")
    window.look()
    cells = window.page.locator("#release tbody tr").last.locator("td.n").all_inner_texts()
    assert cells[:3] == ["1", "1", "0"], f"asked, applied, parked again: {cells}"
    window.go("/ops/causes")
    assert not _cause(window.page).count()


def fails_before_it_is_mended(window: Window) -> None:
    """The dry run changes nothing, so the event is still there."""
    window.go("/ops/causes")
    window.until(_cause, "what the defect parked").click()
    window.page.locator("#act").wait_for()
    window.press("Proefdraaien")
    window.page.get_by_text("0 zouden slagen, 1 falen").wait_for()
    window.look()


def _cause(page: Page) -> Locator:
    return page.locator("main a[href*='/ops/cause?'][href*='handler_failed']")


def bring_back(window: Window, administration_id: str) -> None:
    """From the administration's timeline to a plan with what would change, to its start, to the same as its result."""
    window.go(f"/ops/timeline/{administration_id}")
    with window.counted("Verloren rijen: van de tijdlijn tot een replay die loopt"):
        window.follow("Replay plannen")
        window.arrive("Nieuwe replay", look=False)
        window.choose(window.page.locator("[name=service]"), "import-svc")
        window.type(window.page.locator("[name=targets]"), "assignment-svc")
        window.type(window.page.locator("form[action$='/ops/replays'] [name=reason]"), "Rijen zijn weg.")
        window.press("Plannen", exact=True)
        window.until(lambda page: page.get_by_role("button", name="Starten"), "a plan")
        assert window.page.locator("#replay").get_by_text("administration: +1").count()
        window.press("Starten")
    window.until(lambda page: page.get_by_text("Het resultaat is het plan."), "the result of the replay")
    window.look()
    window.follow("Per event", nth=1)
    window.arrive("Oordeel per event")


def pause_and_cancel(window: Window) -> None:
    """Every import of every office, one event a second, so that there is time to change one's mind."""
    window.go("/ops/replays/new")
    window.choose(window.page.locator("[name=service]"), "import-svc")
    window.type(window.page.locator("[name=types]"), "AdministrationImported")
    window.type(window.page.locator("[name=rate]"), "1")
    window.type(window.page.locator("form[action$='/ops/replays'] [name=reason]"), "Nog eens.")
    window.press("Plannen", exact=True)
    for act, then in (("Starten", "Pauzeren"), ("Pauzeren", "Verder gaan"), ("Verder gaan", "Pauzeren")):
        window.until(_button(act), f"a replay that can {act}")
        window.press(act)
        window.until(_button(then), f"{then} after {act}")
        window.look()
    window.press("Afbreken")
    window.until(lambda page: page.get_by_role("link", name="Nieuw plan"), "a replay that is cancelled")
    window.look()


def _button(name: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_role("button", name=name)


def find_by_name(window: Window, name: str) -> None:
    """Where it is, whose it is, and how far behind."""
    window.go("/ops")
    with window.counted("Een bedrijf bij naam: waar het is, van wie, en hoe vers"):
        window.type(window.page.get_by_label("Elk id"), name)
        window.press("Zoek", exact=True)
        window.arrive("Zoek", look=False)
        window.look()
        window.follow("in namen en nummers van administraties")
        window.click(window.page.locator("main tbody th a").first)
        window.arrive("Tijdlijn", look=False)
    window.look()
