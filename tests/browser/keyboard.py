"""Somebody who has no mouse: Tab to whatever is next, Enter, Space and letters. Where the focus is must be seen."""

from playwright.sync_api import Locator
from tests.browser.window import Window

_MOST_STOPS = 300
_HAS_FOCUS = "(element) => element === document.activeElement"
_HIDDEN = """(element) => {
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return 'has no visible focus';
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  if (!top || !(element.contains(top) || top.contains(element) || top.closest('label')?.control === element))
    return `is under ${top ? top.outerHTML.slice(0, 80) : 'nothing: out of the window'}`;
  return '';
}"""
"""WCAG 2.4.7 and 2.4.11."""


class KeyboardWindow(Window):
    """A window whose links, buttons and fields are reached and used by the keyboard only."""

    def click(self, what: Locator) -> None:
        self.clicks += 1
        self._reach(what)
        self.page.keyboard.press("Enter")

    def type(self, field: Locator, text: str) -> None:
        self._reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def choose(self, field: Locator, option: str) -> None:
        self._reach(field)
        self.page.keyboard.type(option)

    def look(self, *, again: bool = False) -> None:
        """The screens are those of the story with a mouse, where axe sees each; here it is the focus that is looked at."""
        del again

    def _reach(self, what: Locator) -> None:
        """Tab, until it is there."""
        what.wait_for()
        for _ in range(_MOST_STOPS):
            if what.evaluate(_HAS_FOCUS):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"Tab never comes to {what} at {self.page.url}")
        if self.page.url.startswith(self.console):
            self.findings.looked("focus")
            if wrong := what.evaluate(_HIDDEN):
                self.findings.add("focus", self.page.title(), f"{what} {wrong}")
