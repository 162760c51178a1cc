"""The office that asks: a program that needs nothing of this project, so that it also runs inside a container.

    organisation once PATH HOST PORT TOKEN   print the ids of the list
    organisation on PATH HOST PORT TOKEN     ask until standard input ends, then print how that went

It does what a load balancer does: a process that does not answer, or answers 503 since it starts or stops, is passed over
for the next address of the name. `refused` counts the questions that nobody answered at once.
"""

import json
import select
import socket
import sys
import time

import httpx

_AGAIN_AFTER = 0.1
_AWAY_FOR = 60.0


class Organisation:
    def __init__(self, path: str, host: str, port: str, token: str) -> None:
        self._path, self._host, self._port = path, host, port
        self._headers = {"Authorization": f"Bearer {token}", "Host": host}
        self.refused = self.passed_over = 0
        self.reasons: set[str] = set()

    def ask(self) -> set[str]:
        """The ids, once somebody answers: a person tries again. Raises what came instead."""
        deadline = time.monotonic() + _AWAY_FOR
        while (found := self._first_answer()) is None:
            if time.monotonic() > deadline:
                raise TimeoutError("nobody answered")
            self.refused += 1
            time.sleep(_AGAIN_AFTER)
        found.raise_for_status()
        return {each["id"] for each in found.json()["items"]}

    def _first_answer(self) -> httpx.Response | None:
        for address in self._addresses():
            url = f"http://{address}:{self._port}{self._path}?limit=200"
            try:
                answer = httpx.get(url, headers=self._headers, trust_env=False, timeout=20)
            except httpx.TransportError as error:
                self._pass_over(type(error).__name__)
                continue
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            self._pass_over(answer.text[:200])
        return None

    def _pass_over(self, reason: str) -> None:
        self.passed_over += 1
        self.reasons.add(reason)

    def _addresses(self) -> list[str]:
        """Of every process that answers to the name."""
        try:
            found = socket.getaddrinfo(self._host, None, socket.AF_INET, socket.SOCK_STREAM)
        except OSError:
            return []
        return [str(address[0]) for *_, address in found]


def ask_on(organisation: Organisation) -> dict[str, object]:
    """Until standard input ends. What was there once must stay there."""
    known, failures, asked, longest = organisation.ask(), list[str](), 0, 0.0
    organisation.refused = organisation.passed_over = 0
    organisation.reasons.clear()
    while not select.select([sys.stdin], [], [], _AGAIN_AFTER)[0]:
        began = time.monotonic()
        try:
            if lost := known - organisation.ask():
                failures.append(f"{len(lost)} of {len(known)} lost")
        except (httpx.HTTPError, TimeoutError) as error:
            failures.append(f"{type(error).__name__}: {error}")
        asked, longest = asked + 1, max(longest, time.monotonic() - began)
    counts = {"asked": asked, "refused": organisation.refused, "passed_over": organisation.passed_over}
    more = {"failures": failures, "reasons": sorted(organisation.reasons)}
    return {**counts, "longest": round(longest, 2), **more}


if __name__ == "__main__":
    how, *where = sys.argv[1:]
    print(
        json.dumps(
            ask_on(Organisation(*where)) if how == "on" else {"ids": sorted(Organisation(*where).ask())}
        )
    )
