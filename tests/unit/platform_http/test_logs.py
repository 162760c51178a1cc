"""JSON lines on stdout: complete, and without secrets."""

import io
import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider

from koppel.platform.telemetry import bind_context, setup_logging

CANARY = "kanarie-5b1e77"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The stream that the root logger writes to; its former state comes back afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    setup_logging("test-svc", "DEBUG", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_who_and_about_what(lines: io.StringIO) -> None:
    correlation, organisation = uuid4(), uuid4()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    with (
        bind_context(correlation_id=correlation, organisation_id=organisation),
        tracer.start_as_current_span("work") as span,
    ):
        logging.getLogger("koppel.test").info("done %d of %d", 1, 2, extra={"resource": "contact", "rows": 7})
    [line] = read(lines)
    assert line["time"].endswith("Z")  # type: ignore[attr-defined]
    assert {
        "level": "info",
        "service": "test-svc",
        "logger": "koppel.test",
        "message": "done 1 of 2",
        "trace_id": f"{span.get_span_context().trace_id:032x}",
        "span_id": f"{span.get_span_context().span_id:016x}",
        "organisation_id": str(organisation),
        "correlation_id": str(correlation),
        "resource": "contact",
        "rows": 7,
    }.items() <= line.items()


def test_nothing_is_claimed_that_is_not_known(lines: io.StringIO) -> None:
    logging.getLogger("koppel.test").warning("alone")
    assert read(lines)[0].keys() == {"time", "level", "service", "logger", "message"}


def test_an_exception_shows_its_stack_but_no_local_value_and_no_secret(lines: io.StringIO) -> None:
    def fail() -> None:
        local = "a-local-" + CANARY
        raise ValueError(f"refused: access_token={CANARY}" + local[:0])

    try:
        fail()
    except ValueError:
        logging.getLogger("koppel.test").exception("it failed with Bearer %s", CANARY)
    [line] = read(lines)
    assert "ValueError" in str(line["exception"])
    assert "in fail" in str(line["exception"])
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize(
    ("message", "arguments", "extra"),
    [
        ("%s", (f"code={CANARY}",), {}),
        (f"code={CANARY}", (), {}),
        ("headers %s", ({"authorization": f"Bearer {CANARY}"},), {}),
        ("x", (), {"client_secret": CANARY}),
        ("x", (), {"headers": {"Authorization": CANARY}}),
        ("x", (), {"body": [f'{{"refresh_token":"{CANARY}"}}']}),
        ("too %s many %s", (f"password={CANARY}",), {}),
        ("dsn %s", (f"postgresql://app:{CANARY}@host/db",), {}),
    ],
)
def test_a_secret_in_any_part_of_a_line_is_taken_out(
    lines: io.StringIO, message: str, arguments: tuple[object, ...], extra: dict[str, object]
) -> None:
    logging.getLogger("koppel.test").info(message, *arguments, extra=extra)
    assert len(read(lines)) == 1
    assert CANARY not in lines.getvalue()


async def test_http_clients_do_not_log_their_urls(lines: io.StringIO) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get(f"https://provider.test/x?anything={CANARY}")
    assert lines.getvalue() == ""


def test_a_value_that_is_no_json_becomes_text(lines: io.StringIO) -> None:
    logging.getLogger("koppel.test").info("x", extra={"what": {1, 2}, "id": uuid4(), "thing": object()})
    assert len(read(lines)) == 1


@pytest.mark.parametrize("value", ["caf\udce9", 2**64])
def test_what_json_hardly_holds_does_not_cost_the_line(lines: io.StringIO, value: object) -> None:
    logging.getLogger("koppel.test").info("%s", value, extra={"odd": value})
    [line] = read(lines)
    assert (line["message"], line["odd"]) == (str(value), value)


def test_a_librarys_flood_is_a_few_lines_a_minute(lines: io.StringIO) -> None:
    # Loggers that no server of another test in this process has set to a level of its own.
    for number in range(1_000):
        logging.getLogger("aiokafka.flood").error("Unable connect to %s", number)
    logging.getLogger("uvicorn.flood").warning("Invalid HTTP request received.")
    for number in range(50):
        logging.getLogger("koppel.test").error("ours %s", number)
    loggers = [line["logger"] for line in read(lines)]
    assert loggers == ["aiokafka.flood"] * 5 + ["uvicorn.flood"] + ["koppel.test"] * 50


def test_another_kind_of_failure_is_told_though_the_flood_of_the_first_was_cut(lines: io.StringIO) -> None:
    """A broker that was away, and is back with another password."""
    for error in [*[ConnectionRefusedError("refused")] * 50, *[PermissionError("wrong password")] * 50]:
        logging.getLogger("aiokafka.refused").error("Unable connect to node with id %s: %s", 1, error)
    told = [json.loads(line)["message"].rpartition(": ")[2] for line in lines.getvalue().splitlines()]
    assert told == ["refused"] * 5 + ["wrong password"] * 5
