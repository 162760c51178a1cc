"""A changed module, brought into a process that has it imported already."""

import ast
import gc
import importlib.abc
import importlib.util
import sys
from collections import defaultdict
from functools import _lru_cache_wrapper
from importlib.machinery import ModuleSpec
from types import CodeType, FunctionType, ModuleType

OURS = ("koppel", "connection_svc", "import_svc", "assignment_svc", "sync_svc", "tests")


class Functions:
    """The living functions of one file, and every cache that may hold what they gave before."""

    def __init__(self, source: str) -> None:
        self._found: dict[tuple[str, int], list[FunctionType]] = defaultdict(list)
        self._caches = []
        gc.unfreeze()  # what a test made a service of, which freezes what is imported, is found again
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename == source:
                self._found[_key(thing.__code__)].append(thing)
            elif isinstance(thing, _lru_cache_wrapper) and thing.__module__.startswith(OURS):
                self._caches.append(thing)

    def become(self, code: CodeType) -> bool:
        """Those of a module compiled from changed source; False when one cannot, since it holds other variables."""
        fits = self._put(code)
        for cache in self._caches:
            cache.cache_clear()
        return fits

    def _put(self, code: CodeType) -> bool:
        fits = True
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                for function in self._found.get(_key(inner), ()):
                    if inner.co_freevars == function.__code__.co_freevars:
                        function.__code__ = inner
                    else:
                        fits = False
                fits = self._put(inner) and fits
        return fits


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def forget_all(name: str, tree: ast.Module) -> None:
    """Nothing of ours is imported any more, and the next import of this module makes it from the tree."""
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] in OURS]:
        del sys.modules[loaded]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Changed)]
    sys.meta_path.insert(0, _Changed(name, tree))


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
