"""A browser's window with somebody before it, and all that must not be seen in it written down."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Dialog, Locator, Page, Request, Response
from tests.browser.accessibility import Axe, fits
from tests.browser.findings import Findings
from tests.browser.pictures import Pictures

_MOST_CLICKS = 5
WITHIN = 60.0
"""Seconds that a person waits for anything; a machine may be busy."""
_OWN_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (4|503)")


@dataclass(slots=True)
class Seen:
    """What one person came by: screens that an address leads to, by it, and the `koppel` lines that stood on them."""

    screens: dict[str, str] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    cookies: Any = None
    """Of the browser, when that person left it."""


class Window:
    """One page of a browser. `console` is where the console is: its screens are looked over, others' are not."""

    def __init__(
        self,
        page: Page,
        console: str,
        *,
        axe: Axe,
        findings: Findings,
        seen: Seen,
        pictures: Pictures,
        scripts: bool = True,
    ) -> None:
        self.page = page
        self.console = console
        self.findings = findings
        self.seen = seen
        self._axe = axe
        self._pictures = pictures
        self._scripts = scripts
        self._asked = "GET"
        self._address = ""
        self.clicks = 0
        """Of links and buttons so far."""
        self.bytes = 0
        """Of all answers of the console so far, as they went over the wire."""
        page.set_default_timeout(WITHIN * 1000)
        page.on("console", self._console_said)
        page.on("pageerror", lambda error: findings.add("console", page.url, str(error)))
        page.on("request", self._asks)
        page.on("response", self._answered)
        page.on("dialog", self._asked_by_a_script)

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.console + path)

    def follow(self, text: str, *, exact: bool = False, nth: int = 0) -> None:
        """A link."""
        self.click(self.page.get_by_role("link", name=text, exact=exact).nth(nth))

    def press(self, text: str, *, exact: bool = False, nth: int = 0) -> None:
        """A button."""
        self.click(self.page.get_by_role("button", name=text, exact=exact).nth(nth))

    def fill(self, label: str, text: str, *, exact: bool = False) -> None:
        self.type(self.page.get_by_label(label, exact=exact).first, text)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def type(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, field: Locator, option: str) -> None:
        """An option of a list, by its words."""
        field.select_option(label=option)

    @contextmanager
    def counted(self, what: str) -> Iterator[None]:
        """How many clicks it takes is told at the end; more than five are a finding."""
        before = self.clicks
        yield
        self.findings.clicks[what] = self.clicks - before
        if self.clicks - before > _MOST_CLICKS:
            self.findings.add("clicks", self.page.title(), f"{what} takes {self.clicks - before} clicks")

    def arrive(self, title: str | re.Pattern[str], *, look: bool = True) -> None:
        """At the screen of that heading, which is then looked over."""
        self.page.get_by_role("heading", level=1, name=title).first.wait_for()
        self.page.wait_for_load_state("load")
        if look:
            self.look()

    def look(self, *, again: bool = False) -> None:
        """Look the screen over as it stands. Not `again`, it is kept for those who come by later."""
        title = self.page.title()
        if self.page.url.startswith(self.console) and not again:
            if self._asked == "GET":
                self.seen.screens.setdefault(self.page.url, title)
            for line in self.page.locator(".command code").all_inner_texts():
                self.seen.commands.setdefault(line, title)
        if self._scripts:
            self._axe.look(self.page, title, self.findings)
            fits(self.page, title, self.findings)
        self._pictures.take(self.page, title)

    def until(self, shown: Callable[[Page], Locator], what: str) -> Locator:
        """Waits for what a page shows by itself after a while; without scripts a person refreshes it."""
        deadline = time.monotonic() + WITHIN * 2
        while time.monotonic() < deadline:
            locator = shown(self.page)
            if locator.count():
                return locator.first
            self.page.wait_for_timeout(300)
            if not self._scripts:
                self.page.reload()
        raise AssertionError(f"{what} never came at {self.page.url}:\n{self.page.inner_text('main')[:1500]}")

    def picture(self, path: Path) -> None:
        self.page.screenshot(path=path, full_page=True)

    def _asks(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self._address = request.url  # `page.url` follows later than what the browser says of the answer

    def _answered(self, answer: Response) -> None:
        if answer.url.startswith(self.console + "/"):
            self._has_a_policy(answer)
            self.bytes += int(answer.headers.get("content-length", 0))
        if answer.request.is_navigation_request() and answer.frame == self.page.main_frame:
            self._asked = answer.request.method if answer.status not in {302, 303} else "GET"

    def _has_a_policy(self, answer: Response) -> None:
        """Without one nothing would be a breach of it."""
        self.findings.looked("policy")
        policy = answer.headers.get("content-security-policy", "")
        if not policy.startswith("default-src 'none'") or "unsafe" in policy:
            self.findings.add("policy", answer.url, f"the policy is: {policy or 'none'}")

    def _asked_by_a_script(self, dialog: Dialog) -> None:
        self.findings.add("script", self.page.url, f"a script of somebody else's ran: {dialog.message}")
        dialog.dismiss()

    def _console_said(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if _OWN_STATUS.match(message.text) and message.location["url"] == self._address:
            return  # the browser says so of every page that tells what is wrong; of anything else it is a finding
        kind = "policy" if "Content Security Policy" in message.text else "console"
        self.findings.add(kind, self.page.url, message.text)
