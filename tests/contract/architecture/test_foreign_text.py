"""Every regular expression that is shipped, with what would be hard for it: the price grows as the text does.

A new expression fails here until it has its hostile input: what it can begin at many places and end at none.
"""

import ast
import importlib
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from koppel.testing.growth import grows_in_proportion

ROOT = Path(__file__).parents[3]
# koppel_local reads this machine's own files and answers, nobody else's.
SOURCES = [*ROOT.glob("shared/src"), *ROOT.glob("services/*/src"), *ROOT.glob("deploy/*/src")]
LOCAL = "koppel_local"


class Hostile(NamedTuple):
    """A text of any length: `piece` again and again. `anchored`: the expression is only asked at one place."""

    piece: str
    before: str = ""
    after: str = ""
    anchored: bool = False


HOSTILE: dict[str, tuple[Hostile, ...]] = {
    "connection_svc.domain.return_url:_HIDDEN": (Hostile("%2"), Hostile("%")),
    "connection_svc.domain.return_url:_PLAIN": (
        Hostile("a", "https://", " "), Hostile("/a?", "https://a/", "\\"), Hostile("[:]", "http://", "<"),
    ),
    "koppel.contracts.values:_KVK_NUMBER": (Hostile("9"), Hostile("7590469", after="5")),
    "koppel.platform.http.json_shape:_STORABLE": (
        Hostile("\\"), Hostile("\\u"), Hostile("\\ud83d\\ude00", '"'), Hostile("\\u00e9\\\\"), Hostile("\\ud8"),
    ),
    "koppel.platform.http.json_shape:_TOKEN": (
        Hostile('"'), Hostile('"\\'), Hostile("\\"), Hostile('"', after="x"), Hostile('\\"', '"'), Hostile("[]{},"),
    ),
    "koppel.platform.migrations.concurrent_index:_COMMENT": (Hostile("--"), Hostile("-")),
    "koppel.platform.migrations.concurrent_index:_CONCURRENTLY": (Hostile("index "), Hostile(" ", "index", "x")),
    "koppel.platform.migrations.concurrent_index:_STATEMENT": (
        Hostile(" ", "create index concurrently if not exists a on b", "!;x", anchored=True),
        Hostile(" ", "create", "x", anchored=True), Hostile("create index "),
    ),
    "koppel.platform.migrations.scripts:_NAME": (Hostile("0"), Hostile("a", "0001_pre_", "!")),
    "koppel.platform.replay.resolve_targets:_NAME": (Hostile("a"), Hostile("a.-", after="_")),
    "koppel.platform.settings:_DURATION": (Hostile("9"), Hostile("9.", "9"), Hostile(" ", "9", "x")),
    "koppel.platform.telemetry.redaction:_BEARER": (
        Hostile("bearer "), Hostile(" ", "bearer", "!"), Hostile("a=", "basic "), Hostile("basic%20"),
    ),
    "koppel.platform.telemetry.redaction:_CALLBACK": (Hostile("/oauth/"), Hostile("/oauth/a/callbac")),
    "koppel.platform.telemetry.redaction:_DSN": (
        Hostile("://"), Hostile("://a:"), Hostile(":a", "://a"), Hostile("://a@"),
    ),
    "koppel.platform.telemetry.redaction:_IN_HEADER": (
        Hostile("cookie "), Hostile(" ", "cookie", "'"), Hostile("\n", "cookie:", "'"), Hostile("set-cookie:"),
    ),
    "koppel.platform.telemetry.redaction:_IN_QUERY": (Hostile("code="), Hostile("state=&"), Hostile("token%3")),
    "koppel.platform.telemetry.redaction:_JWT": (
        Hostile("eyJ-"), Hostile("eyJ"), Hostile("eyJabcd."), Hostile("-eyJabcde", after=".x"),
    ),
    "koppel.platform.telemetry.redaction:_PLAIN": (
        Hostile("password "), Hostile(" ", "password", "x"), Hostile(" ", "password=", "&"), Hostile("secret:"),
    ),
    "koppel.platform.telemetry.redaction:_QUOTED": (
        Hostile("\\", 'password="'), Hostile("\\a", "secret='"), Hostile('password="\\'), Hostile("password='"),
        Hostile('password=\\"', after="\n"), Hostile(" ", "password", "="), Hostile('secret="\n'),
    ),
    "koppel.platform.telemetry.redaction:_SECRET_NAME": (Hostile("."), Hostile("a_"), Hostile("password.", after="x")),
    "koppel.platform.vault:_FIELD": (Hostile("a"), Hostile("a_", after="-")),
    "koppel.providers.eaccounting.answers:_SECONDS": (
        Hostile("1"), Hostile("1 "), Hostile(" ", "123456", "x"), Hostile("123456 sx"),
    ),
    "koppel.providers.kvk:_DECORATION": (Hostile("kv"), Hostile("kvk "), Hostile(". \t")),
    "koppel.providers.oauth:_TOKEN": (Hostile("a"), Hostile("!", after=" ")),
    "koppel_sandbox.story.people:_NOT_IN_HOST": (Hostile("-"), Hostile("a-")),
    "koppel_sandbox.providers.eaccounting.odata.query:_AND": (Hostile("and"), Hostile(" ", "and", "x"), Hostile("and ")),
    "koppel_sandbox.providers.eaccounting.odata.query:_TERM": (
        Hostile("'", "a eq "), Hostile("''", "a eq '", "x"), Hostile(" ", "a", "x", anchored=True),
        Hostile("a", anchored=True), Hostile("a eq 1 "),
    ),
}  # fmt: skip


def modules(word: str) -> Iterator[tuple[str, ast.Module]]:
    """Those that hold this word: parsing them all takes longest."""
    holds = re.compile(rf"\b{word}\b")
    for source in SOURCES:
        for path in source.rglob("*.py"):
            name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
            if not name.startswith((LOCAL, "koppel.testing")) and holds.search(
                text := path.read_text("utf-8")
            ):
                yield name, ast.parse(text)


def calls_of_re(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "re" and node.func.attr != "escape":
                yield node


def named(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Names of the module that are compiled expressions."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            compiled = next(calls_of_re(node.value), None)
            if compiled is node.value and isinstance(node.targets[0], ast.Name):
                yield node.targets[0].id, compiled


def test_every_expression_is_a_name_of_its_module_and_has_its_hostile_input() -> None:
    found, loose = set(), []
    for module, tree in modules("re"):
        names = dict(named(tree))
        found |= {f"{module}:{name}" for name in names}
        loose += [f"{module}:{call.lineno}" for call in calls_of_re(tree) if call not in names.values()]
    assert loose == []
    assert found == set(HOSTILE)


def test_re_is_imported_as_itself() -> None:
    for module, tree in modules("re"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.module != "re", module
            if isinstance(node, ast.Import):
                assert all(each.name != "re" or each.asname is None for each in node.names), module


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in HOSTILE.items() for text in texts]
)
def test_the_price_grows_as_the_text_does(name: str, text: Hostile) -> None:
    module, _, attribute = name.partition(":")
    expression = getattr(importlib.import_module(module), attribute)

    def look(middle: str) -> None:
        whole = f"{text.before}{middle}{text.after}"
        whole_or_bytes = whole.encode() if isinstance(expression.pattern, bytes) else whole
        expression.fullmatch(whole_or_bytes)
        expression.match(whole_or_bytes)
        if not text.anchored:
            deque(expression.finditer(whole_or_bytes), maxlen=0)

    assert isinstance(expression, re.Pattern)
    assert grows_in_proportion(look, text.piece, longest=1 << 15)


def request_models(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Classes of the module that stand on `RequestModel`, also by way of one another."""
    known = {"RequestModel"}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and known & {ast.unparse(base) for base in node.bases}:
            known.add(node.name)
            yield node


def loose_lists_of_ids(annotation: ast.expr) -> Iterator[ast.Subscript]:
    """Lists of ids that are not `Annotated[…, SCATTERED]`."""
    if isinstance(annotation, ast.Subscript):
        if ast.unparse(annotation.value) == "Annotated" and "SCATTERED" in ast.unparse(annotation.slice):
            return
        if ast.unparse(annotation) in ("list[UUID]", "tuple[UUID, ...]", "set[UUID]", "frozenset[UUID]"):
            yield annotation
    for child in ast.iter_child_nodes(annotation):
        if isinstance(child, ast.expr):
            yield from loose_lists_of_ids(child)


def test_every_list_of_ids_in_a_request_refuses_those_made_to_collide() -> None:
    seen, loose = 0, []
    for module, tree in modules("RequestModel"):
        for model in request_models(tree):
            for line in model.body:
                if isinstance(line, ast.AnnAssign):
                    seen += "UUID" in ast.unparse(line.annotation)
                    loose += [f"{module}:{each.lineno}" for each in loose_lists_of_ids(line.annotation)]
    assert seen > 10
    assert loose == []


def test_every_instant_of_a_request_is_one_that_has_a_date_in_utc() -> None:
    loose = [
        f"{module}:{line.lineno}"
        for module, tree in modules("RequestModel")
        for model in request_models(tree)
        for line in model.body
        if isinstance(line, ast.AnnAssign) and "datetime" in ast.unparse(line.annotation).lower()
    ]
    assert loose == []


def test_a_loose_list_of_ids_is_found_wherever_it_stands() -> None:
    for text, number in (
        ("list[UUID]", 1),
        ("Annotated[list[UUID], Field(max_length=9)] | None", 1),
        ("Literal['all'] | tuple[UUID, ...]", 1),
        ("Annotated[list[UUID], SCATTERED] | list[UUID]", 1),
        ("Annotated[list[UUID], Field(max_length=9), SCATTERED] | None", 0),
    ):
        expression = ast.parse(text, mode="eval").body
        assert len(list(loose_lists_of_ids(expression))) == number, text
