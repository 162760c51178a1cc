"""Templates keep the policy: no inline style or script, nothing that is evaluated, no form without its proof."""

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2 import nodes

from koppel_console.pages.rendering import environment
from koppel_console.screens import SCREENS

FOLDER = Path(str(files("koppel_console"))) / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
STATIC = FOLDER.parent / "static"
VENDORED = {"htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"}
"""htmx.org 4.0.1, dist/htmx.min.js, as its registry has it."""

FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=|<style", re.IGNORECASE),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE),
    "an event's attribute": re.compile(
        r"\s(?:on[a-z]{3,20}|hx-on[^=]{0,60}|hx-live|hx-vals)\s*=", re.IGNORECASE
    ),
    "a trigger that is evaluated": re.compile(r'hx-trigger="[^"\n]{0,200}\['),
    "unescaped text": re.compile(r"\|\s*safe|autoescape\s+false", re.IGNORECASE),
    "an address of another host": re.compile(r'(?:src|href|action)="https?:', re.IGNORECASE),
    "an address without the root path": re.compile(r'(?:src|href|action|hx-get)="/'),
}
_FORM = re.compile(r'<form\b[^>]*method="post"[^>]*>(.{0,60})')


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_template_keeps_the_policy(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("inline style", '<p style="width: 3%">'),
        ("inline script", "<script>alert(1)</script>"),
        ("an event's attribute", '<p onclick="x()">'),
        ("an event's attribute", '<p hx-on:click="x()">'),
        ("a trigger that is evaluated", '<p hx-trigger="click[ctrlKey]">'),
        ("unescaped text", "{{ name | safe }}"),
        ("an address of another host", '<img src="https://elsewhere/x.png">'),
        ("an address without the root path", '<a href="/connections">'),
    ],
)
def test_each_rule_bites(what: str, text: str) -> None:
    assert FORBIDDEN[what].search(text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_form_that_is_posted_carries_its_proof(template: Path) -> None:
    """`send_again.html` repeats a form as it came, proof included."""
    for beginning in _FORM.findall(template.read_text(encoding="utf-8").replace("\n", " ")):
        assert "form_fields()" in beginning or template.name == "send_again.html", beginning


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_text_stands_in_both_languages(template: Path) -> None:
    """`t("nl", "en")` with the same places to fill in; `t(words)` has both by itself."""
    tree = environment().parse(template.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if (
            isinstance(call.node, nodes.Name)
            and call.node.name == "t"
            and isinstance(call.args[0], nodes.Const)
        ):
            texts = [str(each.as_const()) for each in call.args]
            assert len(texts) == 2, texts
            assert sorted(re.findall(r"{\w+}", texts[0])) == sorted(re.findall(r"{\w+}", texts[1])), texts


@pytest.mark.parametrize("name", VENDORED)
def test_what_others_made_is_what_they_published_and_has_its_licence(name: str) -> None:
    assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == VENDORED[name]
    assert (STATIC / f"{name.partition('.')[0]}.LICENSE").exists()


def test_a_first_visit_is_small() -> None:
    assert sum(each.stat().st_size for each in STATIC.iterdir()) < 60_000


def test_the_menu_leads_to_paths_that_are_there() -> None:
    paths = {route.path for screen in SCREENS for route in screen.router.routes if hasattr(route, "path")}
    assert {screen.path for screen in SCREENS if screen.menu} <= paths
