"""`make test-browser`: `python -m tests.browser`, or `pictures`, which takes the README's on the way.

The whole story in Chromium on a stack of its own: real services, Kafka and PostgreSQL, the sandbox as provider. Each
chapter is a line; then what was found that must not be. Words of titles tell those stories only, after the first one.
"""

import signal
import sys
import time
from pathlib import Path

from playwright.sync_api import Error
from tests.browser.pictures import PICTURES, Pictures
from tests.browser.stage import Stage, staged
from tests.browser.stories import STORIES, Story

from koppel_local.failure import SetupFailed

FOLDER = Path(__file__).parents[2] / "docs/pictures"


def main(arguments: list[str]) -> int:
    """The exit code is 0 when every story came to its end and nothing was found."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave as after Ctrl-C: everything stopped
    began = time.monotonic()
    pictures = Pictures(PICTURES, FOLDER) if arguments == ["pictures"] else Pictures()
    wanted = [""] if pictures.folder else arguments or [""]
    stories = [each for each in STORIES if each is STORIES[0] or any(words in each[0] for words in wanted)]
    try:
        with staged(pictures) as stage:
            print(f"{time.monotonic() - began:6.1f} s  a stack and {stage.browser.version}", flush=True)
            failed = [title for title, story in stories if not _told(stage, title, story)]
            return _summary(stage, failed, time.monotonic() - began)
    except SetupFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1


def _told(stage: Stage, title: str, story: Story) -> bool:
    began = time.monotonic()
    try:
        story(stage)
    except (AssertionError, Error) as error:
        print(f"{time.monotonic() - began:6.1f} s  FAILED {title}\n{error}\n{_where(stage)}", flush=True)
        return False
    print(f"{time.monotonic() - began:6.1f} s  {title}", flush=True)
    return True


def _where(stage: Stage) -> str:
    page = stage.standing.page if stage.standing else None
    return f"at {page.url}\n{page.inner_text('body')[:2000]}" if page else ""


def _summary(stage: Stage, failed: list[str], seconds: float) -> int:
    findings = stage.findings
    for found in findings.all:
        print(found)
    for what, clicks in findings.clicks.items():
        print(f"{clicks:6} clicks  {what}")
    screens = sum(len(seen.screens) for seen in stage.people.values())
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(findings.counts.items()))
    print(f"{seconds:6.1f} s  in all; {screens} screens; looked for: {counted}")
    print(f"{len(failed)} stories failed, {len(findings.all)} findings")
    return 1 if failed or findings.all else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
