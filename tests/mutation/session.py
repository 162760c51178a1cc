"""A pytest session that runs its tests once, learns who passes which line, then plays each change in a fork.

A change inside a function is put into the living functions of the fork, which then runs the tests that pass it.
A change of what a module makes when it is imported needs the modules and the tests imported again in the fork.
"""

import ast
import gc
import importlib.abc
import importlib.util
import os
import resource
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper, partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from tests.mutation.changes import Change, changes
from tests.mutation.children import Children, Key
from tests.mutation.targets import Target

_OURS = ("koppel", "connection_svc", "import_svc", "assignment_svc", "sync_svc", "tests")
_MOST_PROCESSOR_SECONDS = 30
_OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change; `reached` that at least one test passes its lines."""

    module: str
    line: int
    change: str
    reached: bool
    noticed: bool


@dataclass(slots=True)
class Play:
    """The pytest plugin that does it for one target; `outcomes` is its result."""

    target: Target
    outcomes: list[Outcome] = field(default_factory=list)
    _passed_by: dict[tuple[str, int], dict[int, None]] = field(default_factory=lambda: defaultdict(dict))
    _failed: bool = False
    _in_child: bool = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        modules = list(_modules(self.target.modules))
        self._learn(session.items, {module.__file__ or "" for module in modules})
        if self._failed:
            raise session.Failed("the tests fail without a change")
        children = Children(self._note)
        for module in modules:
            self._play(module, session.items, children)
        children.wait_for_all()
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed
        if report.failed and self._in_child:
            os._exit(1)

    def _learn(self, items: Sequence[pytest.Item], files: set[str]) -> None:
        for place, item in enumerate(items):
            with _Traced(files, place, self._passed_by):
                _run(item, items[(place + 1) % len(items)])

    def _play(self, module: ModuleType, items: Sequence[pytest.Item], children: Children) -> None:
        source = Path(module.__file__ or "")
        tree = ast.parse(source.read_text("utf-8"))
        functions = _living_functions(str(source))
        for number, change in enumerate(changes(tree, vars(module))):
            tests = self._tests(str(source), change, len(items))
            line = min(change.lines, default=0)
            key = (module.__name__, line, str(change), bool(tests))
            chosen = [items[place] for place in tests]
            if chosen:
                children.start(key, partial(self._child, module, functions, number, chosen))
            else:
                self._note(key, noticed=False)

    def _tests(self, source: str, change: Change, count: int) -> list[int]:
        if not change.in_function:
            return list(range(count))
        passing = {test for line in change.lines for test in self._passed_by.get((source, line), ())}
        return sorted(passing)

    def _note(self, key: Key, *, noticed: bool) -> None:
        self.outcomes.append(Outcome(*key, noticed))

    def _child(
        self, module: ModuleType, functions: "Functions", number: int, items: Sequence[pytest.Item]
    ) -> None:
        """In the fork: returns when no test notices, leaves with 1 when one does."""
        self._in_child = True
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_PROCESSOR_SECONDS, _MOST_PROCESSOR_SECONDS))
        source = Path(module.__file__ or "")
        tree = ast.parse(source.read_text("utf-8"))
        change = changes(tree, vars(module))[number]
        change.install()
        if change.in_function:
            _put_into(functions, compile(tree, str(source), "exec", dont_inherit=True))
            for place, item in enumerate(items):
                _run(item, items[(place + 1) % len(items)])
        elif _fails_when_imported_again(module.__name__, tree, self.target.tests):
            os._exit(1)


Functions = dict[tuple[str, int], list[FunctionType]]


def _modules(names: Iterable[str]) -> Iterator[ModuleType]:
    for name in names:
        found = importlib.import_module(name)
        yield found
        for path in sorted(Path(folder) for folder in getattr(found, "__path__", ())):
            for file in sorted(path.glob("*.py")):
                if file.name != "__init__.py":
                    yield importlib.import_module(f"{name}.{file.stem}")


def _run(item: pytest.Item, following: pytest.Item) -> None:
    """Naming a following test keeps what the whole session shares."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


class _Traced:
    """While it is open, each line of these files that is passed is noted for the test."""

    def __init__(self, files: set[str], test: int, passed_by: dict[tuple[str, int], dict[int, None]]) -> None:
        self._files, self._test, self._passed_by = files, test, passed_by

    def __enter__(self) -> None:
        threading.settrace(self._called)
        sys.settrace(self._called)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: object) -> Any:
        return self._passed if frame.f_code.co_filename in self._files else None

    def _passed(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            self._passed_by[frame.f_code.co_filename, frame.f_lineno][self._test] = None
        return self._passed


def _living_functions(source: str) -> Functions:
    found: Functions = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == source:
            found[_key(thing.__code__)].append(thing)
    return found


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _put_into(functions: Functions, code: CodeType) -> None:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            for function in functions.get(_key(inner), ()):
                if len(inner.co_freevars) == len(function.__code__.co_freevars):
                    function.__code__ = inner
            _put_into(functions, inner)
    for thing in gc.get_objects():
        if isinstance(thing, _lru_cache_wrapper) and thing.__module__.startswith(_OURS):
            thing.cache_clear()


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a tree."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name, self._tree = name, tree

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        return None if spec is None else ModuleSpec(name, self, origin=spec.origin)

    def exec_module(self, module: ModuleType) -> None:
        file = module.__spec__.origin if module.__spec__ else None
        module.__file__ = file
        exec(compile(self._tree, file or "", "exec", dont_inherit=True), vars(module))  # noqa: S102


def _fails_when_imported_again(name: str, tree: ast.Module, tests: Sequence[str]) -> bool:
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] in _OURS]:
        del sys.modules[loaded]
    sys.meta_path.insert(0, _Changed(name, tree))
    return pytest.main([*_OPTIONS, *tests]) is not pytest.ExitCode.OK


def played(target: Target) -> list[Outcome]:
    """All changes of the target. Raises RuntimeError when its tests fail without one."""
    play = Play(target)
    ended = pytest.main([*_OPTIONS, *target.tests], plugins=[play])
    if ended is not pytest.ExitCode.OK:
        raise RuntimeError(f"the tests of {target.name} fail without a change")
    return play.outcomes
