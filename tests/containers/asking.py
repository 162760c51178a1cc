"""The office that asks while something happens: a program beside the engine, since only there its ports are reached."""

import json
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Self

import httpx
from tests.containers.engine import Engine, run

from koppel_local.failure import SetupFailed

_PATH = "/v1/administrations?limit=200"
_AGAIN_AFTER = 0.1
_AWAY_FOR = 60.0


@dataclass(slots=True)
class Asking:
    """Use as a context manager to ask all the time; afterwards `asked` and `longest` (seconds) say how it went."""

    engine: Engine
    url: str
    token: str
    asked: int = 0
    longest: float = 0.0
    _process: "subprocess.Popen[str] | None" = None

    def administrations(self) -> list[str]:
        """Their ids, now."""
        answer = json.loads(run(self._command("once"), said="Asking for the administrations"))
        return sorted(answer["ids"])

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command("on"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._process is not None
        told = self._process.communicate()[0]  # the end of its input ends it
        if kind is not None:
            return
        answer = json.loads(told)
        if answer["failures"]:
            raise SetupFailed(
                "office_failed", f"The office met {answer['failures']}.", hint="See import-svc."
            )
        self.asked, self.longest = answer["asked"], answer["longest"]

    def _command(self, how: str) -> list[str]:
        return self.engine.beside(sys.executable, "-m", "tests.containers.asking", how, self.url, self.token)


def ask(url: str, token: str) -> list[str]:
    """The ids, once the service answers: a person tries again. Raises what came instead."""
    deadline = time.monotonic() + _AWAY_FOR
    while True:
        try:
            answer = httpx.get(f"{url}{_PATH}", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        else:
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                answer.raise_for_status()
                return [each["id"] for each in answer.json()["items"]]
        time.sleep(_AGAIN_AFTER)


def _ask_on(url: str, token: str) -> dict[str, object]:
    """Until standard input ends."""
    known, failures, asked, longest = ask(url, token), list[str](), 0, 0.0
    while not select.select([sys.stdin], [], [], _AGAIN_AFTER)[0]:
        began = time.monotonic()
        try:
            if sorted(ask(url, token)) != sorted(known):
                failures.append("other administrations")
        except httpx.HTTPError as error:
            failures.append(f"{type(error).__name__}: {error}")
        asked, longest = asked + 1, max(longest, time.monotonic() - began)
    return {"asked": asked, "longest": round(longest, 2), "failures": failures}


if __name__ == "__main__":
    how, *where = sys.argv[1:]
    print(json.dumps(_ask_on(*where) if how == "on" else {"ids": ask(*where)}))
