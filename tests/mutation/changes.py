"""Small changes of a module's source, one at a time, each of a kind that a person makes by mistake.

Left alone: annotations, docstrings, decorators, prose (text with a space in it) and the insides of f-strings.
"""

import ast
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Namespace = dict[str, object]
Slot = tuple[ast.AST, str, int | None]
"""Where a node hangs: its parent, the parent's field, the place in it where that is a list."""

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_UNTOUCHED = frozenset({"annotation", "returns", "decorator_list", "type_params"})


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `lines` are those of its statement; `in_function` that it acts only when a function runs."""

    slot: Slot
    new: ast.AST
    lines: frozenset[int]
    in_function: bool
    before: str
    after: str

    def install(self) -> None:
        """Put it into the tree that it was found in."""
        parent, field, place = self.slot
        ast.fix_missing_locations(ast.copy_location(self.new, _node(self.slot)))
        if place is None:
            setattr(parent, field, self.new)
        else:
            getattr(parent, field)[place] = self.new

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


def changes(tree: ast.Module, namespace: Namespace) -> list[Change]:
    """All changes of a module, in order of their lines; `namespace` is the imported module's."""
    return list(_Finder(namespace).below(tree, lines=frozenset(), in_function=False))


def _node(slot: Slot) -> ast.AST:
    parent, field, place = slot
    found = getattr(parent, field)
    node: ast.AST = found if place is None else found[place]
    return node


class _Finder:
    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def below(self, parent: ast.AST, *, lines: frozenset[int], in_function: bool) -> Iterator[Change]:
        function = isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for slot, node in _children(parent):
            if _is_left_alone(parent, slot, node):
                continue
            own = _own_lines(node) if isinstance(node, ast.stmt) else lines
            inside = in_function or (function and slot[1] != "args")  # a default is made with the function
            for new in self._instead(slot, node):
                yield Change(slot, new, own, inside, _text(node), _text(new))
            yield from self.below(node, lines=own, in_function=inside)

    def _instead(self, slot: Slot, node: ast.AST) -> Iterator[ast.AST]:
        for kind, variants in _KINDS.items():
            if isinstance(node, kind):
                yield from variants(node)
        if isinstance(node, ast.Attribute) and (other := self._other_member(node)) is not None:
            yield other
        if slot[1] == "test" and isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.NamedExpr):
            yield ast.UnaryOp(ast.Not(), node)
        if slot[1] == "ifs":
            yield ast.Constant(value=True)

    def _other_member(self, node: ast.Attribute) -> ast.Attribute | None:
        kind = self._namespace.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if not (isinstance(kind, enum.EnumMeta) and node.attr in kind.__members__):
            return None
        names = list(kind.__members__)
        other = names[(names.index(node.attr) + 1) % len(names)]
        return None if other == node.attr else ast.Attribute(node.value, other, node.ctx)


def _children(parent: ast.AST) -> Iterator[tuple[Slot, ast.AST]]:
    for field, value in ast.iter_fields(parent):
        if field in _UNTOUCHED:
            continue
        if isinstance(value, ast.AST):
            yield (parent, field, None), value
        elif isinstance(value, list):
            yield from (
                ((parent, field, i), node) for i, node in enumerate(value) if isinstance(node, ast.AST)
            )


def _is_left_alone(parent: ast.AST, slot: Slot, node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Assert):
        return True
    bare_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # a docstring
    type_variable = isinstance(node, ast.Assign) and _text(node.value).startswith(("TypeVar(", "NewType("))
    return bare_text or type_variable or (isinstance(parent, ast.Dict) and slot[1] == "keys")


def _own_lines(statement: ast.stmt) -> frozenset[int]:
    """The lines of a statement without those of the statements inside it."""
    inner = {
        line
        for _, child in _children(statement)
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
        for line in range(_first(child), _last(child) + 1)
    }
    return frozenset(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)) - inner


def _first(node: ast.AST) -> int:
    return int(getattr(node, "lineno", None) or node.pattern.lineno)  # type: ignore[attr-defined]  # a match case


def _last(node: ast.AST) -> int:
    return int(getattr(node, "end_lineno", None) or node.body[-1].end_lineno)  # type: ignore[attr-defined]


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:87]}…"


def _comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for place, operator in enumerate(node.ops):
        other = _COMPARED[type(operator)]()
        yield ast.Compare(node.left, [*node.ops[:place], other, *node.ops[place + 1 :]], node.comparators)


def _condition(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
    for place in range(len(node.values)):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _calculation(node: ast.BinOp) -> Iterator[ast.AST]:
    if (other := _CALCULATED.get(type(node.op))) is not None:
        yield ast.BinOp(node.left, other(), node.right)


def _accumulation(node: ast.AugAssign) -> Iterator[ast.AST]:
    if (other := _CALCULATED.get(type(node.op))) is not None:
        yield ast.AugAssign(node.target, other(), node.value)


def _sign(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield node.operand


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    match node.value:
        case bool(flag):
            yield ast.Constant(value=not flag)
        case int(number) | float(number):
            yield ast.Constant(value=number + 1)
        case str(text) if " " not in text:
            yield ast.Constant(value=f"XX{text}")
        case bytes(raw):
            yield ast.Constant(value=b"XX" + raw)


def _result(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and _text(node.value) != "None":
        yield ast.Return(ast.Constant(value=None))


def _effect(node: ast.Expr) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Call | ast.Await):
        yield ast.Pass()


def _choice(node: ast.IfExp) -> Iterator[ast.AST]:
    yield from (node.body, node.orelse)


_KINDS: dict[type[ast.AST], Callable[..., Iterator[ast.AST]]] = {
    ast.Compare: _comparison,
    ast.BoolOp: _condition,
    ast.BinOp: _calculation,
    ast.AugAssign: _accumulation,
    ast.UnaryOp: _sign,
    ast.Constant: _constant,
    ast.Return: _result,
    ast.Expr: _effect,
    ast.IfExp: _choice,
}
