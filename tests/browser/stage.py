"""A stack of its own and a browser before it. Everything is stopped at the end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from playwright.sync_api import Browser, Error, sync_playwright
from tests.browser.accessibility import Axe, Theme
from tests.browser.chromium import FLAGS, axe, chromium, packages
from tests.browser.findings import Findings
from tests.browser.pictures import Pictures
from tests.browser.window import Seen, Window

from koppel_local.failure import SetupFailed
from koppel_local.process.detached import end_processes
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack
from koppel_local.stack.status import StackStatus

_WIDTH, _HEIGHT = 1100, 760


@dataclass(slots=True)
class Stage:
    """What all stories share."""

    stack: Stack
    status: StackStatus
    browser: Browser
    axe: Axe
    findings: Findings
    pictures: Pictures
    people: dict[str, Seen] = field(default_factory=dict)
    """Who came by: `beheerder`, `operator`."""
    standing: Window | None = None
    """Where somebody was last, to be told when a story ends there."""

    @property
    def console(self) -> str:
        return self.status["console"]["url"] or ""

    @property
    def sandbox(self) -> str:
        return self.status["sandbox"]["url"] or ""

    def stop(self, service: str) -> None:
        """End it; `stack.start()` brings it back."""
        pids = self.stack.status()["services"][service]["pids"]
        end_processes([psutil.Process(pid) for pid in pids], grace=5.0)

    @contextmanager
    def hanging(self, service: str) -> Iterator[None]:
        """It runs and answers nothing meanwhile."""
        processes = [psutil.Process(pid) for pid in self.stack.status()["services"][service]["pids"]]
        for each in processes:
            each.suspend()
        try:
            yield
        finally:
            for each in processes:
                each.resume()

    @contextmanager
    def window(
        self,
        seen: Seen,
        *,
        scripts: bool = True,
        theme: Theme = "light",
        kind: type[Window] = Window,
    ) -> Iterator[Window]:
        """A window of a browser with that person's cookies; what is left of them at the end is kept."""
        context = self.browser.new_context(
            locale="nl-NL",
            timezone_id="Europe/Amsterdam",
            viewport={"width": _WIDTH, "height": _HEIGHT},
            java_script_enabled=scripts,
            color_scheme=theme,
            reduced_motion="reduce",
            storage_state=seen.cookies,
        )
        self.standing = window = kind(
            context.new_page(),
            self.console,
            axe=self.axe,
            findings=self.findings,
            seen=seen,
            pictures=self.pictures,
            scripts=scripts,
        )
        yield window
        seen.cookies = context.storage_state()
        context.close()


@contextmanager
def staged(pictures: Pictures) -> Iterator[Stage]:
    """Raises `SetupFailed` when there is no browser, or the stack does not start."""
    place = packages()
    program = chromium(place)
    with TemporaryDirectory(prefix="koppel-browser-") as folder, sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        except Error as error:
            hint = "Install one that fits this machine (`apt-get install chromium`), or name it: KOPPEL_BROWSER=…"
            raise SetupFailed(
                "browser_does_not_start", f"{program}: {error.message[:600]}", hint=hint
            ) from error
        stack = Stack(Path(folder), say=lambda line: print(line, file=sys.stderr), progress=download_bar)
        try:
            yield Stage(stack, stack.up(), browser, Axe(axe(place)), Findings(), pictures)
        finally:
            browser.close()
            stack.down()
