"""A service that sends a byte now and then never falls silent, and holds no command up."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Thread

import httpx
import pytest

from koppel_cli.http_call import request
from koppel_cli.main import main
from koppel_cli.places import SERVICES, variable_of

HEAD = b"HTTP/1.1 200 OK\r\nX-Slow: "
BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
WHOLE = (
    b'HTTP/1.1 200 OK\r\nContent-Length: 34\r\nConnection: close\r\n\r\n{"items": [], "next_cursor": null}'
)


class _Served:
    """Answers each call with `at_once`, then a byte every 20 ms for as long as somebody listens."""

    def __init__(self, at_once: bytes, *, trickles: bool = True) -> None:
        self._at_once, self._trickles, self._over = at_once, trickles, Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._over.set()
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                Thread(target=self._answer, args=self._socket.accept()[:1], daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.recv(65_536)
            caller.sendall(self._at_once)
            while self._trickles and not self._over.wait(0.02):
                caller.sendall(b"x")


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Starts one; the answer is its address."""
    all_of_them: list[_Served] = []

    def serve(at_once: bytes, *, trickles: bool = True) -> str:
        all_of_them.append(_Served(at_once, trickles=trickles))
        return all_of_them[-1].url

    yield serve
    for each in all_of_them:
        each.stop()


@pytest.mark.parametrize("at_once", [HEAD, BODY], ids=["head", "body"])
def test_a_call_ends_when_the_whole_answer_is_due(served: Callable[..., str], at_once: bytes) -> None:
    with pytest.raises(httpx.ReadTimeout):
        request("GET", served(at_once), within=0.3)


def test_a_list_is_what_the_others_answer_and_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], served: Callable[..., str]
) -> None:
    monkeypatch.setattr("koppel_cli.operations._LOOK_SECONDS", 2.0)
    monkeypatch.setenv("KOPPEL_TOKEN", "a-token")
    prompt = served(WHOLE, trickles=False)
    for name in SERVICES:
        monkeypatch.setenv(variable_of(name), prompt)
    monkeypatch.setenv(variable_of("import-svc"), served(BODY))
    assert main(["parked", "list"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "nothing is parked at connection-svc, assignment-svc and sync-svc",
        "import-svc: no answer",
    ]
    assert "import-svc does not answer" in told.err
