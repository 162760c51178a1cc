"""The pages of the provider's stand-in: who logs in, at which company, allowed."""

from playwright.sync_api import Page

_MOST_PAGES = 6


def log_in(page: Page, sandbox: str, user: str, company: int = 0) -> None:
    """From wherever the provider's login begins until the browser is back at Koppel's."""
    for _ in range(_MOST_PAGES):
        page.wait_for_load_state("load")
        if not page.url.startswith(sandbox):
            return
        _next(page, user, company)
    raise AssertionError(f"the provider does not let go of the browser: {page.url}")


def _next(page: Page, user: str, company: int) -> None:
    button = page.locator("form button, form input[type=submit]")
    if page.locator("input[name=username]").count():
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", user)
    elif page.locator("input[type=radio]").count():
        page.locator("input[type=radio]").nth(company).check()
    elif page.locator("[value=allow]").count():
        button = page.locator("[value=allow]")
    with page.expect_navigation():
        button.first.click()
