"""Every screen that the stories came by, once more: in English, and while a service is away."""

from tests.browser.stage import Stage

_SHORTEST = 60
"""Characters of a page's main part; a page that says who does not answer has more."""


def in_english(stage: Stage) -> None:
    """The same addresses in the other language; axe looks at each."""
    for seen in stage.people.values():
        with stage.window(seen) as window:
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
                    stage.findings.looked("blank")
                    said = window.page.locator("main").inner_text()
                    if len(said) < _SHORTEST or not window.page.get_by_role("heading", level=1).count():
                        stage.findings.add("blank", title, f"{url} says: {said}")
    finally:
        stage.stack.start()
