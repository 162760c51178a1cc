"""axe in a page, in both themes: WCAG 2.2 up to AA, and what its makers call best practice; and whether it fits a narrow window."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from playwright.sync_api import Page
from tests.browser.findings import Findings

Theme = Literal["light", "dark"]
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOURS = ["color-contrast", "link-in-text-block"]
"""The only rules that a theme can change."""
_RUN = """(only) => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then((result) =>
  result.violations.map((each) => [each.id, each.nodes.length, each.nodes[0].html.slice(0, 160)]))"""

_NARROW = 320
"""CSS pixels: a window of 1,280 at four times its size (WCAG 1.4.10). Tables may be scrolled inside their own region."""
_WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1
    && !each.closest('.scroll, pre, .hidden')).slice(-2).map((each) => each.outerHTML.slice(0, 160))"""

_TALLEST = 10_000
"""A drawing of more takes a browser hundreds of megabytes."""
_DESK = 1_100
"""Half a large screen."""
_MENU_LINES = "() => new Set([...document.querySelectorAll('.top nav a')].map((each) => each.offsetTop)).size"


def fits(page: Page, title: str, findings: Findings) -> None:
    """Nobody has to scroll sideways to read it, and the menu takes one line where there is room for it."""
    usual = page.viewport_size
    page.set_viewport_size({"width": _DESK, "height": 640})
    findings.looked("menu")
    if (lines := page.evaluate(_MENU_LINES)) > 1:
        findings.add("menu", title, f"takes {lines} lines at {_DESK} pixels")
    page.set_viewport_size({"width": _NARROW, "height": 640})
    findings.looked("narrow")
    for html in page.evaluate(_WIDER):
        findings.add("narrow", title, f"wider than {_NARROW} pixels: {html}")
    if usual:
        page.set_viewport_size(usual)


@contextmanager
def _unrolled(page: Page) -> Iterator[None]:
    """As tall as its content: what stays at the foot of a window covers half of some field, until somebody scrolls."""
    usual = page.viewport_size
    if usual:
        height = page.evaluate("() => document.documentElement.scrollHeight")
        page.set_viewport_size(
            {"width": usual["width"], "height": min(max(height, usual["height"]), _TALLEST)}
        )
    yield
    if usual:
        page.set_viewport_size(usual)


@dataclass(slots=True)
class Axe:
    source: str

    def look(self, page: Page, title: str, findings: Findings) -> None:
        """All rules in the theme as it is, those about colours in the other one."""
        was: Theme = (
            "dark" if page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches") else "light"
        )
        other: Theme = "light" if was == "dark" else "dark"
        with _unrolled(page):
            self._run(page, f"{title}, {was}", {"type": "tag", "values": _TAGS}, findings)
            page.emulate_media(color_scheme=other)
            self._run(page, f"{title}, {other}", {"type": "rule", "values": _COLOURS}, findings)
            page.emulate_media(color_scheme=was)

    def _run(self, page: Page, where: str, only: dict[str, Any], findings: Findings) -> None:
        if not page.evaluate("() => typeof axe === 'object'"):
            page.evaluate(self.source)
        findings.looked("axe")
        for rule, count, html in page.evaluate(_RUN, only):
            findings.add("axe", where, f"{rule}, {count} times: {html}")
