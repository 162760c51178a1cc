"""docs/operating.md: every command of it is run, and names what exists."""

import re
from pathlib import Path

import pytest
from tests.containers.documented import PAGE, blocks, commands
from tests.contract.deployment.conftest import Compose

SECTIONS = (
    "Install",
    "The console",
    "A token",
    "Watch",
    "Watch with Prometheus and Grafana",
    "Back up",
    "Restore",
    "Upgrade",
    "A process for each role",
)
"""Those that `make containers` runs."""
BY_TESTS = {
    "koppel-local bootstrap": "tests/integration/local/test_database_roles.py",
    "koppel topics apply": "tests/integration/local/test_topic_differences.py",
    "sync-svc migrate --phase pre": "tests/integration/platform/test_migrations.py",
}

OURS = (
    "Not set: ",
    "which gives no password",
    "is not valid: ",
    "cannot be read",
    "must look like postgresql://",
    "waiting for ",
    "PostgreSQL at ",
    "its schema in ",
    "The disk is full",
)
"""What our own code says when a start does not go well."""


@pytest.mark.parametrize("words", OURS)
def test_what_the_page_explains_is_what_the_code_says(words: str, root: Path) -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## When it does not start")[2].partition("\n## ")[0]
    sources = (
        path for folder in ("shared/src", "deploy/local/src") for path in (root / folder).rglob("*.py")
    )
    assert words in table
    assert any(words in path.read_text(encoding="utf-8") for path in sources)


def test_every_command_is_run_by_make_containers_or_a_test() -> None:
    everything = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    known = [block for section in SECTIONS for block in blocks(section)]
    assert sorted(everything) == sorted(known)
    for line in "".join(everything).splitlines():
        if not re.match(r"docker compose |[A-Z_]+='", line):
            assert line.partition("#")[0].strip() in BY_TESTS, line
    for path in BY_TESTS.values():
        assert (PAGE.parents[1] / path).is_file()


@pytest.mark.parametrize("section", SECTIONS)
def test_it_names_services_and_profiles_that_exist(section: str, compose: Compose) -> None:
    said = commands(section)
    assert said
    profiles = {profile for service in compose.services.values() for profile in service.get("profiles", ())}
    assert set(re.findall(r"--profile (\S+)", said)) <= profiles
    for name in re.findall(r"\b((?:finish-)?\w+-svc|sandbox|bootstrap|postgres)\b(?![:=])", said):
        assert name in compose.services, name


def test_every_claim_of_a_token_is_one_that_is_read() -> None:
    source = (PAGE.parents[1] / "shared/src/koppel/platform/identity").rglob("*.py")
    read = "\n".join(path.read_text(encoding="utf-8") for path in source)
    section = PAGE.read_text(encoding="utf-8").partition("\n## A token\n")[2].partition("\n## ")[0]
    claims = re.findall(r"^\| (`[a-z, `]+`) \|", section, re.MULTILINE)
    assert len(claims) > 5
    for claim in re.findall(r"`(\w+)`", " ".join(claims)):
        assert f'"{claim}"' in read or f"'{claim}'" in read, claim


def test_every_variable_of_the_compose_file_is_on_the_page_of_settings(root: Path) -> None:
    page = (root / "docs/settings.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\$\{(\w+)", (root / "docker-compose.yml").read_text(encoding="utf-8")))
    assert names
    assert not {name for name in names if not re.search(rf"\b{name}\b", page)}
