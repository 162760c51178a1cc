"""The office that asks: a program that needs nothing of this project, so that it also runs inside a container.

    office once PATH URL TOKEN   print the ids of the list
    office on PATH URL TOKEN     ask until standard input ends, then print how that went

`refused` counts the questions that got no answer or a 503 at once; a name with several addresses is asked at each in turn.
"""

import json
import select
import sys
import time

import httpx

_AGAIN_AFTER = 0.1
_AWAY_FOR = 60.0


class Office:
    def __init__(self, path: str, url: str, token: str) -> None:
        self._url, self._headers = f"{url}{path}?limit=200", {"Authorization": f"Bearer {token}"}
        self.refused = 0

    def ask(self) -> set[str]:
        """The ids, once somebody answers: a person tries again. Raises what came instead."""
        deadline = time.monotonic() + _AWAY_FOR
        while True:
            try:
                answer = httpx.get(self._url, headers=self._headers, trust_env=False, timeout=20)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                    answer.raise_for_status()
                    return {each["id"] for each in answer.json()["items"]}
            self.refused += 1
            time.sleep(_AGAIN_AFTER)


def ask_on(office: Office) -> dict[str, object]:
    """Until standard input ends. What was there once must stay there."""
    known, failures, asked, longest = office.ask(), list[str](), 0, 0.0
    office.refused = 0
    while not select.select([sys.stdin], [], [], _AGAIN_AFTER)[0]:
        began = time.monotonic()
        try:
            if lost := known - office.ask():
                failures.append(f"{len(lost)} of {len(known)} lost")
        except httpx.HTTPError as error:
            failures.append(f"{type(error).__name__}: {error}")
        asked, longest = asked + 1, max(longest, time.monotonic() - began)
    return {"asked": asked, "refused": office.refused, "longest": round(longest, 2), "failures": failures}


if __name__ == "__main__":
    how, *where = sys.argv[1:]
    print(json.dumps(ask_on(Office(*where)) if how == "on" else {"ids": sorted(Office(*where).ask())}))
