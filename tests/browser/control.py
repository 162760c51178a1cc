"""The sandbox's controls: what goes wrong at a provider, and when it does no more."""

from typing import Any

import httpx


class Control:
    """One provider's. `url` is the sandbox's."""

    def __init__(self, url: str, provider: str) -> None:
        self._http = httpx.Client(base_url=url, params={"provider": provider}, trust_env=False)

    def companies(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._said("GET", "settings").json()["companies"]
        return found

    def answer(self, status: int, body: object, *, path: str = "/v2", company: str | None = None) -> None:
        """Calls are answered so until the faults are cleared."""
        match = {"path": path} | ({"company_id": company} if company else {})
        self._said("POST", "faults", {"kind": "status", "status": status, "body": body, "match": match})

    def name(self, company: str, name: str) -> None:
        """Whoever asks for the company's name is told this one."""
        known = self._said("GET", f"companies/{company}/companysettings").json()["items"][0]
        self.answer(200, {**known, "Name": name}, path="/v2/companysettings", company=company)

    def clear(self) -> None:
        """No fault is left."""
        self._said("DELETE", "faults")

    def remove(self, company: str, collection: str, number: int) -> None:
        """Somebody removes so many at the provider."""
        self._said("POST", f"companies/{company}/changes", {"collection": collection, "remove": number})

    def _said(self, method: str, path: str, body: object = None) -> httpx.Response:
        return self._http.request(method, f"/_sandbox/{path}", json=body).raise_for_status()
