"""Every screen that the stories came by, once more: in English, and while a service is away."""

import re

from tests.browser.stage import Stage
from tests.browser.window import Window

_READ_IT = (
    "/",
    "/administrations",
    "/held-deletions",
    "/reauthorizations",
    "/ops",
    "/ops/pauses",
    "/ops/freshness",
)
"""Screens that ask sync-svc."""
_SILENT = re.compile("sync-svc (antwoordt niet|does not answer)")
_SHORTEST = 60
"""Characters of a page's main part; a page that says who does not answer has more."""


def in_english(stage: Stage) -> None:
    """The same addresses in the other language, in the dark; axe looks at each."""
    for seen in stage.people.values():
        with stage.window(seen, theme="dark") as window:
            window.go("/")
            window.page.get_by_label("Taal").select_option("en")
            window.page.locator("footer button").click()
            window.page.locator("html[lang=en]").wait_for()
            for url in seen.screens:
                window.go(url)
                window.look(again=True)


def without_sync_svc(stage: Stage) -> None:
    """One service is stopped: every page answers, says something, and leads on."""
    stage.stop("sync-svc")
    try:
        for seen in stage.people.values():
            with stage.window(seen) as window:
                for url, title in seen.screens.items():
                    window.go(url)
                    _says_something(window, url, title)
    finally:
        stage.stack.start()


def while_sync_svc_hangs(stage: Stage) -> None:
    """It takes calls and answers none: pages wait for it for as long as a page waits, side by side, and come without it."""
    with stage.hanging("sync-svc"), stage.window(stage.people["operator"]) as window:
        tabs = [(path, window.page.context.new_page()) for path in _READ_IT]
        for path, tab in tabs:
            tab.evaluate("(url) => { location.href = url; }", stage.console + path)
        for path, tab in tabs:
            tab.wait_for_url(stage.console + path)
            stage.findings.looked("stand")
            if not tab.get_by_text(_SILENT).count():
                stage.findings.add(
                    "stand", path, f"sync-svc hangs and the page says: {tab.inner_text('main')}"
                )


def _says_something(window: Window, url: str, title: str) -> None:
    window.findings.looked("blank")
    said = window.page.locator("main").inner_text()
    if len(said) < _SHORTEST or not window.page.get_by_role("heading", level=1).count():
        window.findings.add("blank", title, f"{url} says: {said}")
    if url.removeprefix(window.console) in _READ_IT:
        window.findings.looked("stand")
        if not window.page.get_by_text(_SILENT).count():
            window.findings.add("stand", title, f"{url} does not say that sync-svc is away: {said[:400]}")
