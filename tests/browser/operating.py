"""What an operator does: an event that cannot be read, run dry, tried again, given up; a replay from its plan to its start."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from aiokafka import AIOKafkaProducer
from playwright.sync_api import Locator, Page
from tests.browser.window import Window

from koppel.kernel.ids import new_id

_TOPIC = "koppel.administration.v1"


def poison(bootstrap_servers: str) -> None:
    """Bytes that no consumer can read come on a topic. In a thread: a loop of the browser's runs in ours."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _send(bootstrap_servers)).result()


async def _send(bootstrap_servers: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)
    await producer.start()
    try:
        for _ in range(2):
            await producer.send_and_wait(_TOPIC, b"no event", key=str(new_id()).encode())
    finally:
        await producer.stop()


def log_in(window: Window) -> None:
    """At the local issuer, as somebody who operates Koppel."""
    window.go("/")
    form = window.page.locator("form").filter(has=window.page.locator("[name=operator]"))
    form.locator("[name=operator]").fill("Olga")
    form.locator("[name=payload]").check()
    form.get_by_role("button").click()
    window.page.get_by_role("heading", level=1).first.wait_for()
    window.go("/ops")
    window.page.locator("nav.areas").wait_for()
    window.look()


def deal_with_the_poison(window: Window) -> None:
    """Cause → proefdraaien → opnieuw proberen → its result → the event → opgeven."""
    window.go("/ops/causes")
    window.until(_cause, "a cause of parking").click()
    window.page.locator("#act").wait_for()
    window.look()
    window.press("Proefdraaien")
    window.page.locator("form[action*='/ops/cause/retry']").wait_for()
    window.look()
    _retry(window)
    _events(window).first.click()
    window.page.locator("#discard").wait_for()
    window.look()
    _give_up(window)
    window.look()
    window.follow("Laten staan")
    _events(window).nth(1).click()
    _give_up(window)
    window.press("Voorgoed opgeven")
    window.arrive("Opgegeven")


def _events(window: Window) -> Locator:
    """Those that are parked for the cause. The first is left for the command line."""
    window.go("/ops/causes")
    window.until(_cause, "the cause, parked again").click()
    window.page.locator("#act").wait_for()
    return window.page.locator("main tbody th a")


def _give_up(window: Window) -> None:
    window.page.locator("#discard [name=reason]").fill("Geen event van ons.")
    window.page.locator("#discard button").first.click()
    window.page.locator("#discard .danger").wait_for()


def _cause(page: Page) -> Locator:
    return page.locator("main a[href*='/ops/cause?']")


def _retry(window: Window) -> None:
    form = window.page.locator("form[action*='/ops/cause/retry']")
    form.locator("[name=reason]").fill("Kijken of het nu leesbaar is.")
    form.get_by_role("button", name="Opnieuw proberen").click()
    window.page.locator("#release").wait_for()
    window.look()


def replay(window: Window, organisation: UUID) -> None:
    """Filter → plan with what changes → the replays."""
    window.go("/ops/replays")
    window.look()
    window.follow("+ Nieuwe replay")
    window.arrive("Nieuwe replay")
    why = window.page.locator("form[action$='/ops/replays'] [name=reason]")
    why.fill("Kijken of er iets ontbreekt.")
    window.press("Plannen")
    window.page.locator("#errors").wait_for()
    window.look()
    window.page.locator("[name=service]").select_option("import-svc")
    window.fill("Kantoor", str(organisation))
    window.page.locator("[name=targets]").fill("assignment-svc")
    window.press("Plannen")
    window.page.wait_for_url(re.compile(r"/ops/replays/import-svc/"))
    window.look()


def see_what_waits(window: Window) -> None:
    """A pause, a held deletion and a login, of all offices."""
    for path in ("/ops", "/ops/pauses", "/ops/logins", "/ops/held-deletions"):
        window.go(path)
        window.page.get_by_role("heading", level=1).first.wait_for()
        if path != "/ops":
            window.page.locator("main tbody tr").first.wait_for()
        window.look()


def look_around(window: Window) -> None:
    """Every list of the operators' menu."""
    for path in window.page.locator("nav.areas a").evaluate_all("all => all.map(each => each.pathname)"):
        window.go(path)
        window.page.get_by_role("heading", level=1).first.wait_for()
        window.look()
