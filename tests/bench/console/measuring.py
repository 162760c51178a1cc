"""A screen's time beside that of its calls, and the bytes of a visit."""

import asyncio
import re
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import httpx
import jwt

from koppel.platform.health import Health
from koppel_console.app import build_app, parts_of
from koppel_console.login.issuer import Issuer
from koppel_console.own_urls import OwnUrls
from koppel_console.session.seal import Seal
from koppel_console.session.session import session_of

_WARM = 3
_LINKED = re.compile(r'(?:href|src)="([^"]+\.(?:css|js|svg)[^"]*)"')


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Times":
        parts = quantiles([1000 * each for each in seconds], n=20, method="inclusive")
        return cls(parts[9], parts[18])


@dataclass(frozen=True, slots=True)
class Row:
    """One screen; `size` is its bytes as they are sent."""

    screen: str
    ours: Times
    theirs: Times
    calls: int
    size: int


@dataclass(frozen=True, slots=True)
class First:
    """Bytes of a visit by a browser that has nothing yet, and of the next."""

    first: int
    again: int


async def measure_screens(
    services: Mapping[str, str],
    console: str,
    key_file: Path,
    token: str,
    where: Mapping[str, str],
    rounds: int,
) -> list[Row]:
    """Each screen in turn. Raises `RuntimeError` for one that does not answer 200."""
    cookie = {"koppel_session": _cookie(key_file, token)}
    bearer = {"Authorization": f"Bearer {token}"}
    rows: list[Row] = []
    async with AsyncExitStack() as opened:
        learning = httpx.AsyncClient(timeout=60, trust_env=False)
        twin = _twin(services, console, key_file, learning)
        for client in (
            learning,
            browser := httpx.AsyncClient(base_url=console, cookies=cookie, timeout=60, trust_env=False),
            bare := httpx.AsyncClient(headers=bearer, timeout=60, trust_env=False),
            looking := httpx.AsyncClient(transport=twin, base_url=console, cookies=cookie, timeout=60),
        ):
            await opened.enter_async_context(client)
        for screen, address in where.items():
            print(f"measuring {screen}", file=sys.stderr)
            calls = await _calls_of(looking, learning, address)
            ours, theirs, size = await _in_turn(browser, bare, address, calls, rounds)
            rows.append(Row(screen, Times.of(ours), Times.of(theirs), len(calls), size))
    return rows


async def first_visit(console: str, key_file: Path, token: str) -> First:
    """The first page with all that it links to, then the same page: what is immutable is not asked for again."""
    cookie = {"koppel_session": _cookie(key_file, token)}
    async with httpx.AsyncClient(base_url=console, cookies=cookie, timeout=60, trust_env=False) as browser:
        page = await browser.get("/")
        links = sorted(set(_LINKED.findall(page.text)))
        parts = [await browser.get(each) for each in links]
        kept = [each for each in parts if "immutable" in each.headers.get("cache-control", "")]
        first = sum(each.num_bytes_downloaded for each in (page, *parts))
        return First(first, first - sum(each.num_bytes_downloaded for each in kept))


def _twin(
    services: Mapping[str, str], console: str, key_file: Path, http: httpx.AsyncClient
) -> httpx.ASGITransport:
    """A replica of the console in this process, whose calls can be seen."""
    parts = parts_of(
        urls=OwnUrls.of(console),
        seal=Seal.from_file(key_file),
        issuer=Issuer("http://127.0.0.1:9", "koppel-console", None, "openid", http),
        http=http,
        services=services,
    )
    return httpx.ASGITransport(build_app(parts, Health()))


def _cookie(key_file: Path, token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    session = session_of({"access_token": token}, {"name": "Anna de Boer"}, int(claims["iat"]))
    return Seal.from_file(key_file).seal(session.packed(), "session")


async def _calls_of(looking: httpx.AsyncClient, http: httpx.AsyncClient, address: str) -> list[httpx.URL]:
    seen: list[httpx.URL] = []

    async def note(request: httpx.Request) -> None:
        seen.append(request.url)

    http.event_hooks = {"request": [note]}
    answer = await looking.get(address)
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"{address} answered {answer.status_code}: {answer.text[-500:]}")
    return seen


async def _in_turn(
    browser: httpx.AsyncClient, bare: httpx.AsyncClient, address: str, calls: list[httpx.URL], rounds: int
) -> tuple[list[float], list[float], int]:
    """Seconds of the screen and of its calls, without the warm-up; bytes of the screen."""
    ours: list[float] = []
    theirs: list[float] = []
    size = 0
    for _ in range(_WARM + rounds):
        began = time.perf_counter()
        size = (await browser.get(address)).num_bytes_downloaded
        shown = time.perf_counter()
        await asyncio.gather(*(bare.get(call) for call in calls))
        ours.append(shown - began)
        theirs.append(time.perf_counter() - shown)
    return ours[_WARM:], theirs[_WARM:], size
