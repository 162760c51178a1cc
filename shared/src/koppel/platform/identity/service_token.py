"""This service's own bearer token, from a file that something else keeps fresh."""

from collections.abc import Generator
from pathlib import Path

import httpx

from koppel.kernel.errors import Transient


class ServiceToken(httpx.Auth):
    """Use it as `httpx.AsyncClient(auth=ServiceToken(path))`; the file is read again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = ""
        self._seen: tuple[int, int, int] | None = None

    def __repr__(self) -> str:
        return f"ServiceToken({str(self._path)!r})"

    def bearer(self) -> str:
        """`Bearer <token>`, for an Authorization header. Raises `Transient` when there is no token to read."""
        try:
            state = self._path.stat()
            seen = (state.st_mtime_ns, state.st_size, state.st_ino)
            if seen != self._seen:
                self._token, self._seen = self._path.read_text(encoding="ascii").strip(), seen
        except (OSError, UnicodeDecodeError) as error:
            raise Transient(
                "service_token_unavailable", f"The service token cannot be read from {self._path}."
            ) from error
        if not self._token:
            raise Transient("service_token_unavailable", f"The service token file {self._path} is empty.")
        return f"Bearer {self._token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self.bearer()
        yield request
