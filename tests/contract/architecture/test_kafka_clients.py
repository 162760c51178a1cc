"""Every client of Kafka is made with `client_options`: one that is not would speak plaintext, without a login, wherever it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = sorted(
    path
    for folder in ("shared", "services", "deploy", "docs/subscribers/koppel")
    for path in (ROOT / folder).rglob("*.py")
    if not {"__pycache__", ".venv"} & set(path.parts)
)
CLIENTS = {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "AIOKafkaClient", "PollingConsumer"}
MADE_BY_BUILDER = "shared/src/koppel/platform/consumer/kafka/consumer.py"
"""FastStream's broker makes no client here but by a builder that is given one of ours."""


def _named(node: ast.expr) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None


def _calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def _makes(call: ast.Call) -> bool:
    """By its name, or by `partial` and the like."""
    return bool(CLIENTS & {_named(each) for each in (call.func, *call.args)})


def _by_itself(source: str) -> list[int]:
    """Lines where a client is made without the options."""
    return [
        call.lineno
        for call in _calls(source)
        if _makes(call) and "client_options" not in {_named(each.func) for each in _calls(ast.unparse(call))}
    ]


@pytest.mark.parametrize("options", ["bootstrap_servers='k:9092'", "**options", ""])
@pytest.mark.parametrize(
    "form", ["AIOKafkaConsumer({})", "aiokafka.AIOKafkaProducer({})", "partial(PollingConsumer, {})"]
)
def test_a_client_without_the_options_is_found(form: str, options: str) -> None:
    assert _by_itself(f"made = {form.format(options)}") == [1]
    assert not _by_itself(f"made = {form.format('**client_options(kafka), acks=1')}")


def test_every_client_is_made_with_the_options() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    mentioning = {path: text for path, text in texts.items() if any(name in text for name in CLIENTS)}
    assert len(mentioning) > 10
    assert {str(path): lines for path, text in mentioning.items() if (lines := _by_itself(text))} == {}


def test_one_module_makes_fast_streams_broker() -> None:
    brokers = [path for path in SOURCES if "KafkaBroker(" in path.read_text(encoding="utf-8")]
    assert [str(path.relative_to(ROOT)) for path in brokers] == [MADE_BY_BUILDER]


def test_nothing_takes_the_bare_addresses_from_the_settings() -> None:
    """`settings.kafka` has what belongs to them."""
    bare = [path for path in SOURCES if ".kafka_bootstrap_servers" in path.read_text(encoding="utf-8")]
    assert [path.name for path in bare] == ["settings.py"]
