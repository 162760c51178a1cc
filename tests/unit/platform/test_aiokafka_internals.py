"""What is private of aiokafka is in one module, is there, and was measured against the release that is installed."""

import ast
import inspect
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import Assignment, SubscriptionState, TopicPartitionState
from aiokafka.producer.sender import Sender
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

from koppel.platform import aiokafka_internals
from koppel.platform.aiokafka_internals import MEASURED
from koppel.platform.consumer.kafka.client import PollingConsumer

ROOT = Path(__file__).parents[3]
WHAT_TO_DO = f"""aiokafka is no longer {MEASURED}, or its insides moved. To go on:
1. Read its fetcher.py: does the consumer take a reader, or read names that are not UTF-8? Then drop ours.
2. Else compare the classes that aiokafka_internals.py extends with the new ones, line by line.
3. Run tests/integration/platform/test_hostile_records.py, test_dead_producers.py and tests/unit/platform/test_kafka_client.py.
4. Measure again: python -m tests.bench.backbone.
5. Raise MEASURED, and the bound in shared/pyproject.toml and deploy/local/pyproject.toml."""

_PUBLIC = {"aiokafka", "aiokafka.admin", "aiokafka.errors", "aiokafka.structs"}


@pytest.fixture
async def producer() -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1")
    yield made
    made._closed = True


def test_the_release_that_is_installed_is_the_one_measured() -> None:
    assert version("aiokafka").startswith(f"{MEASURED}."), WHAT_TO_DO


def test_no_other_release_is_allowed() -> None:
    bound = f">={MEASURED},<0.{int(MEASURED.partition('.')[2]) + 1}"
    for path in ("shared/pyproject.toml", "deploy/local/pyproject.toml"):
        assert bound in (ROOT / path).read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (fetcher, ("MemoryRecords", "PartitionRecords")),
        (fetcher.PartitionRecords, ("_unpack_records",)),
        (_MemoryRecordsPy, ("next_batch", "_cache_next")),
        (_DefaultRecordBatchPy, ("__iter__",)),
        (SubscriptionState, ("subscription",)),
        (Assignment, ("tps", "state_value")),
        (TopicPartitionState, ("position", "has_valid_position")),
        (Sender, ("sender_task",)),
    ],
    ids=str,
)
def test_what_we_use_of_its_insides_is_there(owner: object, names: tuple[str, ...]) -> None:
    assert [name for name in names if not hasattr(owner, name)] == [], WHAT_TO_DO


def test_a_fetch_is_still_read_by_the_two_names_that_are_replaced() -> None:
    source = inspect.getsource(fetcher.Fetcher)
    assert "MemoryRecords(" in source, WHAT_TO_DO
    assert "PartitionRecords(" in source, WHAT_TO_DO


async def test_a_producer_has_its_sender_and_its_client(producer: AIOKafkaProducer) -> None:
    assert isinstance(producer._sender, Sender), WHAT_TO_DO
    assert callable(producer.client.close), WHAT_TO_DO


@pytest.mark.parametrize(
    "told", [b"", b"?", b"\x00\x01\x7f\xff\xff\xff", b"\x00\x01\x00\x00\x00\x01\x00\x01\xff"]
)
def test_an_assignment_of_another_protocol_is_nobodys(told: bytes) -> None:
    assert aiokafka_internals.assigned_partitions(told) == []


async def test_a_consumer_of_ours_reads_any_header_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "PartitionRecords", object)
    PollingConsumer(bootstrap_servers="127.0.0.1:1")._closed = True
    assert fetcher.PartitionRecords is aiokafka_internals._TolerantRecords


def test_importing_changes_nothing_of_aiokafka() -> None:
    """Only who makes a client of ours gets it: nothing is called while a module is read."""
    called = [
        path
        for path, tree in _users_of("read_any_header_name")
        for statement in tree.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    ]
    assert not called


def test_no_other_module_uses_what_is_private() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {use}"
        for path, tree in _users_of("aiokafka")
        if path != Path(aiokafka_internals.__file__)
        for use in _private_uses(tree)
    ]
    assert not found


def _users_of(word: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("shared/src", "services", "deploy"):
        for path in (ROOT / folder).rglob("*.py"):
            if word in (text := path.read_text(encoding="utf-8")):
                yield path, ast.parse(text)


def _private_uses(tree: ast.Module) -> list[str]:
    """In a module that imports aiokafka: modules that it does not document, and names of others that begin with `_`."""
    nodes = list(ast.walk(tree))
    imported = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    imported += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    of_aiokafka = [name for name in imported if name.partition(".")[0] == "aiokafka"]
    if not of_aiokafka:
        return []
    own = {_name_of(node) for node in nodes} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    touched = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    asked = {
        str(node.args[1].value)
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"getattr", "setattr"}
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    }
    private = {name for name in touched | asked if name.startswith("_") and not name.startswith("__")}
    return sorted({*of_aiokafka} - _PUBLIC) + sorted(private - own)


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    return node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else ""


def test_such_a_use_would_be_found() -> None:
    for use in (
        "from aiokafka.consumer import fetcher",
        "import aiokafka\ndef f(x): return x._sender",
        "import aiokafka\ndef f(x): return getattr(x, '_sender', None)",
        "from aiokafka import AIOKafkaConsumer\nclass C(AIOKafkaConsumer):\n  def f(self): return self._subscription",
    ):
        assert _private_uses(ast.parse(use)), use
    assert not _private_uses(
        ast.parse("import aiokafka\nclass C:\n  _x: int\n  def f(self): self._y = self._x")
    )
