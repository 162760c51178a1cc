"""Fetches the broker's jars concurrently, each checked before it is used."""

import hashlib
import secrets
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import httpx

from koppel_local.failure import SetupFailed
from koppel_local.kafka.jars import Jar, JarCache

_AT_ONCE = 8
_ATTEMPTS = 4
_FIRST_PAUSE = 0.5
"""Seconds before a second attempt; doubled for each next one."""

Fetched = Callable[[int], None]
"""Called with the number of bytes that have arrived since the last call."""


class JarDownload:
    """From `source`, a repository in Maven's layout, into a cache: each jar whole and as locked, or not at all."""

    def __init__(self, cache: JarCache, source: str, transport: httpx.BaseTransport | None = None) -> None:
        self._cache = cache
        self._source = source
        self._transport = transport

    def fetch(self, jars: Sequence[Jar], fetched: Fetched) -> None:
        """Download these side by side. Raises `SetupFailed` for the first that cannot be had."""
        with self._client() as http, ThreadPoolExecutor(_AT_ONCE) as pool:
            tasks = [pool.submit(self._fetch, http, jar, fetched) for jar in jars]
            done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
            pool.shutdown(wait=True, cancel_futures=True)
            for task in done:
                task.result()

    def _client(self) -> httpx.Client:
        return httpx.Client(
            limits=httpx.Limits(max_connections=_AT_ONCE),
            timeout=httpx.Timeout(30.0, connect=10.0),
            verify=_trusted(),
            follow_redirects=True,
            transport=self._transport,
        )

    def _fetch(self, http: httpx.Client, jar: Jar, fetched: Fetched) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._download(http, jar, fetched)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if attempt == _ATTEMPTS or not _may_pass(error):
                    raise self._unreachable(jar, error) from error
                time.sleep(_FIRST_PAUSE * 2**attempt)
            else:
                return

    def _download(self, http: httpx.Client, jar: Jar, fetched: Fetched) -> None:
        place = self._cache.path(jar)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.{secrets.token_hex(6)}")
        digest = hashlib.sha256()
        try:
            with (
                http.stream("GET", f"{self._source}/{jar.repository_path}") as response,
                partial.open("wb") as file,
            ):
                response.raise_for_status()
                for chunk in response.iter_bytes(64 * 1024):
                    digest.update(chunk)
                    file.write(chunk)
                    fetched(len(chunk))
            if digest.hexdigest() != jar.sha256:
                raise self._refused(jar, digest.hexdigest())
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)

    def _refused(self, jar: Jar, found: str) -> SetupFailed:
        detail = (
            f"Refused {jar.file_name}: its SHA-256 is {found[:12]}…, the lock file says {jar.sha256[:12]}…."
        )
        hint = f"What {self._source} serves is not the locked file; set KOPPEL_MAVEN_REPOSITORY to another."
        return SetupFailed("hash_mismatch", detail, hint=hint)

    def _unreachable(self, jar: Jar, error: Exception) -> SetupFailed:
        detail = f"Could not download {jar.file_name} from {self._source}: {_reason(error)}."
        hint = "Check the network or proxy, or set KOPPEL_MAVEN_REPOSITORY to a repository you can reach."
        return SetupFailed("download_failed", detail, hint=hint)


def _trusted() -> ssl.SSLContext:
    """What this machine trusts (a company's own proxy, say) beside the public authorities."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _may_pass(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500 or error.response.status_code == 429
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return str(error) or type(error).__name__
