"""The inner shape of docs/architecture.md §12: what one service taught holds in the others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SERVICES = ("assignment", "import", "connection", "sync")
PLACES = (
    "application/ports.py",
    "adapters/postgres/unit_of_work.py",
    "entrypoints/http/context.py",
    "entrypoints/jobs.py",
)
PORTS_LINES = 90
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _package(name: str) -> Path:
    return ROOT / "services" / f"{name}-svc" / "src" / f"{name}_svc"


def _trees(name: str, folder: str = ".") -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((_package(name) / folder).rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def _functions(name: str, folder: str = ".") -> Iterator[tuple[str, Function]]:
    for path, tree in _trees(name, folder):
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{path}:{node.lineno} {node.name}", node


def _parameters(function: Function) -> dict[str, str]:
    every = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return {each.arg: "" if each.annotation is None else ast.unparse(each.annotation) for each in every}


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).startswith("Protocol") for base in node.bases)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_the_same_files_for_the_same_things(name: str) -> None:
    assert not [place for place in PLACES if not (_package(name) / place).is_file()]


@pytest.mark.parametrize("name", SERVICES)
def test_a_transaction_is_called_tx(name: str) -> None:
    """As a parameter, and where one is opened."""
    named = [
        where
        for where, function in _functions(name)
        for parameter, annotation in _parameters(function).items()
        if parameter == "transaction" or (annotation == "Transaction" and parameter != "tx")
    ]
    opened = [
        f"{path}:{node.optional_vars.lineno}"
        for path, tree in _trees(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name)
        if ".begin(" in ast.unparse(node.context_expr) and node.optional_vars.id != "tx"
    ]
    assert not named + opened


@pytest.mark.parametrize("name", SERVICES)
def test_who_has_a_transaction_has_its_instant_and_no_clock(name: str) -> None:
    clocked = [
        where
        for where, function in _functions(name)
        if "tx" in _parameters(function)
        and ("clock" in _parameters(function) or ".clock." in ast.unparse(function))
    ]
    assert not clocked


@pytest.mark.parametrize("name", SERVICES)
def test_a_route_finds_everything_in_its_context(name: str) -> None:
    """One dependency, `context`; who may call is a dependency too, and both are declared in `context.py`."""
    looking = [
        str(path) for path, tree in _trees(name, "entrypoints/http") if ".app.state" in ast.unparse(tree)
    ]
    assert not looking
    injected = [
        f"{where} {parameter}"
        for where, function in _functions(name, "entrypoints/http")
        for parameter, annotation in _parameters(function).items()
        if "Depends(" in annotation and "/context.py:" not in where
    ]
    assert not injected
    contexts = [
        f"{where} {parameter}"
        for where, function in _functions(name, "entrypoints/http")
        for parameter, annotation in _parameters(function).items()
        if annotation in ("InContext", "Context") and parameter != "context"
    ]
    assert not contexts


@pytest.mark.parametrize("name", SERVICES)
def test_a_handler_works_in_the_consumers_transaction(name: str) -> None:
    """Handlers are methods of one class and take `(received | run, connection)`; the unit of work makes `tx` of it."""
    path = _package(name) / "entrypoints/events.py"
    if not path.exists():
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [node.name for node in _classes(tree) if node.name.endswith("Handlers")] == ["_Handlers"]
    handlers = [
        node
        for node in ast.walk(tree)
        if isinstance(node, Function) and "connection" in _parameters(node) and not node.name.startswith("_")
    ]
    assert handlers
    for handler in handlers:
        assert list(_parameters(handler)) in (
            ["self", "received", "connection"],
            ["self", "run", "connection"],
        )
    assert ".consuming(connection" in ast.unparse(tree)


@pytest.mark.parametrize("name", SERVICES)
def test_a_repository_is_declared_beside_its_aggregates_rules(name: str) -> None:
    """`application/ports.py` only bundles them."""
    ports = (_package(name) / "application/ports.py").read_text(encoding="utf-8")
    assert len(ports.splitlines()) <= PORTS_LINES
    protocols = [
        node.name for node in _classes(ast.parse(ports)) if "Protocol" in map(ast.unparse, node.bases)
    ]
    assert "Transaction" in protocols
    assert set(protocols) <= {"Transaction", "UnitOfWork"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_repository_asks_for_the_organisation(name: str) -> None:
    """The transaction knows it; several organisations are named as pairs, by whoever may see all."""
    asking = [
        f"{path} {node.name}.{method.name}"
        for path, tree in _trees(name, "domain")
        for node in _classes(tree)
        if _is_protocol(node)
        for method in node.body
        if isinstance(method, Function) and "organisation_id" in _parameters(method)
    ]
    assert not asking
