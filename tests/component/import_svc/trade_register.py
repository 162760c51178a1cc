"""The trade register, replaced at HTTP level."""

import asyncio
from typing import Any

import httpx

from koppel.kernel.ids import new_id


def new_number() -> str:
    """Eight digits that no other test has."""
    return f"{new_id().int % 10**8:08}"


class Register:
    """Companies by number; `answers` come first, each once, and `silent` lets callers wait without end."""

    def __init__(self) -> None:
        self._companies: dict[str, dict[str, Any]] = {}
        self.answers: list[httpx.Response] = []
        self.asked: list[str] = []
        self.silent = False

    def knows(self, name: str, *, number: str | None = None, main: str = "01131", ended: bool = False) -> str:
        """A company; returns its number."""
        number = number or new_number()
        registration = {"datumAanvang": "20150101"} | ({"datumEinde": "20250630"} if ended else {})
        self._companies[number] = {
            "kvkNummer": number,
            "naam": name,
            "materieleRegistratie": registration,
            "sbiActiviteiten": [{"sbiCode": main, "indHoofdactiviteit": "Ja"}],
        }
        return number

    async def answer(self, request: httpx.Request) -> httpx.Response:
        number = request.url.params.get("kvkNummer") or request.url.path.rpartition("/")[2]
        self.asked.append(number)
        if self.silent:
            await asyncio.Event().wait()
        if self.answers:
            return self.answers.pop(0)
        company = self._companies.get(number)
        if company is None:
            return httpx.Response(404, json={"fout": [{"code": "IPD5200", "omschrijving": "Niets gevonden"}]})
        if request.url.path.endswith("/v2/zoeken"):
            row = {"kvkNummer": number, "naam": company["naam"], "type": "hoofdvestiging"}
            return httpx.Response(200, json={"resultaten": [row]})
        return httpx.Response(200, json=company)
