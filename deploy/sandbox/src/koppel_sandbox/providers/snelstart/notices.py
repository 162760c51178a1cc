"""Notices of keys: an unsigned POST to the one address that was registered, sent once whatever is answered."""

import asyncio
from http.client import HTTPException
from urllib.request import Request, urlopen

import orjson

from koppel_sandbox.providers.snelstart.settings import Settings

CREATE, REGENERATE, DELETE = "Create", "Regenerate", "Delete"
_SECONDS = 10
_AFTER_THE_BROWSER = 0.5
"""Seconds that a late notice waits, for the browser to arrive first."""


class Notices:
    def __init__(self) -> None:
        self._going: set[asyncio.Task[None]] = set()

    async def send(self, settings: Settings, key: str, action: str, reference: str) -> None:
        """Waits for the answer and ignores it."""
        if settings.notice_url is not None:
            body = {"KoppelSleutel": key, "ActionType": action, "ReferenceKey": reference}
            await asyncio.to_thread(_post, settings.notice_url, orjson.dumps(body))

    def send_later(
        self, settings: Settings, key: str, action: str, reference: str, wait: bool = True
    ) -> None:
        """Sends in the background."""
        task = asyncio.get_running_loop().create_task(self._late(settings, key, action, reference, wait))
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _late(self, settings: Settings, key: str, action: str, reference: str, wait: bool) -> None:
        await asyncio.sleep(_AFTER_THE_BROWSER if wait else 0)
        await self.send(settings, key, action, reference)


def _post(url: str, body: bytes) -> None:
    request = Request(url, body, {"content-type": "application/json"})  # noqa: S310  (checked when it was set)
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            answer.read()
    except (OSError, HTTPException):
        return  # not delivered; there is no second time
