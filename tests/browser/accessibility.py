"""axe in a page, in both themes: WCAG 2.2 up to AA, and what its makers call best practice."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page
from tests.browser.findings import Findings

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOURS = ["color-contrast", "link-in-text-block"]
"""The only rules that a theme can change."""
_RUN = """(only) => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then((result) =>
  result.violations.map((each) => [each.id, each.nodes.length, each.nodes[0].html.slice(0, 160)]))"""


@dataclass(slots=True)
class Axe:
    source: str

    def look(self, page: Page, title: str, findings: Findings) -> None:
        """All rules in the light, those about colours in the dark."""
        self._run(page, f"{title}, light", {"type": "tag", "values": _TAGS}, findings)
        page.emulate_media(color_scheme="dark")
        self._run(page, f"{title}, dark", {"type": "rule", "values": _COLOURS}, findings)
        page.emulate_media(color_scheme="light")

    def _run(self, page: Page, where: str, only: dict[str, Any], findings: Findings) -> None:
        if not page.evaluate("() => typeof axe === 'object'"):
            page.evaluate(self.source)
        findings.looked("axe")
        for rule, count, html in page.evaluate(_RUN, only):
            findings.add("axe", where, f"{rule}, {count} times: {html}")
