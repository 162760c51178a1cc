"""The page of providers says what their profiles say, and names tests and codes that exist."""

from pathlib import Path

from tests.integration.conformance import (
    test_bad_answers,
    test_whole_logins,
    test_whole_services,
    test_windows,
)
from tests.unit.conformance import test_conformance

from koppel.providers.catalogue import PROVIDERS
from koppel.providers.port import Provider

ROOT = Path(__file__).parents[3]
PAGE, _, BAD_INPUT = (
    (ROOT / "docs" / "providers" / "README.md").read_text(encoding="utf-8").partition("## Bad input")
)


def row(provider: Provider) -> str:
    profile = provider.profile
    youngest = round(profile.timing.refresh_not_before.total_seconds())
    windows = ", ".join(window.name for window in profile.windows)
    return (
        f"| [{profile.id}]({profile.id}.md) | {profile.grant_covers} | {youngest} s | {profile.timing.rotation} "
        f"| {windows} |"
    )


def names(text: str) -> set[str]:
    """What stands in code spans."""
    return set(text.split("`")[1::2])


def sources(*folders: str) -> str:
    return "".join(
        path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py")
    )


def test_the_table_has_a_line_a_provider_as_its_profile_says() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| [")]
    assert lines == [row(each) for each in PROVIDERS.values()]


def test_the_table_names_every_question_and_no_other() -> None:
    modules = (test_conformance, test_whole_services, test_whole_logins, test_bad_answers, test_windows)
    asked = {name for module in modules for name in vars(module) if name.startswith("test_")}
    assert {name for name in names(PAGE) if name.startswith("test_")} == asked


def test_bad_input_is_told_with_tests_and_codes_that_exist() -> None:
    rows = [line.strip("|").split("|") for line in BAD_INPUT.splitlines() if line.startswith("|")][2:]
    tests, code = sources("tests"), sources("shared/src", "services")
    assert len(rows) > 15
    for _, codes, shown in rows:
        assert [name for name in names(shown) if f"def {name}(" not in tests] == []
        assert [name for name in names(codes) if f'"{name}"' not in code] == []
        assert names(shown)
