"""The office of `make containers` counts as an impatient person would."""

import http.server
import json
import threading
from collections.abc import Iterator

import pytest
from tests.containers.organisation import Organisation

Server = http.server.ThreadingHTTPServer


class _Answering(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps({"items": [{"id": "a"}]}).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Starting(_Answering):
    status = 503


@pytest.fixture
def port() -> Iterator[int]:
    """127.0.0.2 starts, 127.0.0.3 answers, 127.0.0.4 is gone; all at one port."""
    with (
        Server(("127.0.0.3", 0), _Answering) as ready,
        Server(("127.0.0.2", ready.server_port), _Starting) as starting,
    ):
        for each in (ready, starting):
            threading.Thread(target=each.serve_forever, args=(0.01,), daemon=True).start()
        yield ready.server_port
        for each in (ready, starting):
            each.shutdown()


@pytest.mark.parametrize(
    ("addresses", "passed_over"), [((3,), 0), ((3, 2), 0), ((2, 3), 1), ((4, 3), 1), ((4, 2, 3), 2)]
)
def test_the_next_address_is_asked_when_one_starts_or_is_gone(
    port: int, monkeypatch: pytest.MonkeyPatch, addresses: tuple[int, ...], passed_over: int
) -> None:
    organisation = Organisation("/v1/things", "name", str(port), "token")
    monkeypatch.setattr(Organisation, "_addresses", lambda _: [f"127.0.0.{each}" for each in addresses])
    assert (organisation.ask(), organisation.refused, organisation.passed_over) == ({"a"}, 0, passed_over)


def test_a_question_that_nobody_answers_at_once_is_refused(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = Organisation("/v1/things", "name", str(port), "token")
    rounds = iter([[], ["127.0.0.2"], ["127.0.0.4", "127.0.0.3"]])
    monkeypatch.setattr(Organisation, "_addresses", lambda _: next(rounds))
    assert (organisation.ask(), organisation.refused) == ({"a"}, 2)
