"""The page of the providers says what their profiles say, and names tests that exist."""

from pathlib import Path

from tests.integration.conformance import test_whole_logins, test_whole_services
from tests.unit.conformance import test_conformance

from koppel.providers.catalogue import PROVIDERS
from koppel.providers.port import Provider

PAGE = Path(__file__).parents[3] / "docs" / "providers" / "README.md"


def row(provider: Provider) -> str:
    profile = provider.profile
    youngest = round(profile.timing.refresh_not_before.total_seconds())
    windows = ", ".join(window.name for window in profile.windows)
    return (
        f"| [{profile.id}]({profile.id}.md) | {profile.grant_covers} | {youngest} s | {profile.timing.rotation} "
        f"| {windows} |"
    )


def test_the_table_has_a_line_a_provider_as_its_profile_says() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| [")]
    assert lines == [row(each) for each in PROVIDERS.values()]


def test_the_table_names_every_question_and_no_other() -> None:
    named = {
        word.strip("`,") for word in PAGE.read_text(encoding="utf-8").split() if word.startswith("`test_")
    }
    asked = [*vars(test_conformance), *vars(test_whole_services), *vars(test_whole_logins)]
    assert named == {name for name in asked if name.startswith("test_")}
