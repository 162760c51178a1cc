"""What is wrong with a field is said in the page's language, whatever English the service wrote."""

import pytest

from koppel_console.pages.field_codes import FIELD_CODES, WITH_LIMIT, wrong_with
from koppel_console.services.problem import FieldProblem
from koppel_console.words import LANGUAGES, Language


@pytest.mark.parametrize("limit", [None, 200])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_that_is_known_never_shows_the_services_english(limit: int | None, language: Language) -> None:
    for code in FIELD_CODES:
        said = wrong_with(FieldProblem("/name", "canary", code, limit), language)
        assert said, code
        assert "canary" not in said, code
        assert "{" not in said, code
        assert ("200" in said) == (limit is not None and code in WITH_LIMIT), code


@pytest.mark.parametrize(
    ("field", "nl", "en"),
    [
        (FieldProblem("/x", "told", "later_on"), "Dit klopt niet. (later_on)", "told"),
        (FieldProblem("/x", "", "later_on"), "Dit klopt niet. (later_on)", "This is not right. (later_on)"),
        (FieldProblem("/x", "told"), "Dit klopt niet.", "told"),
        (FieldProblem("/x", "t", "region_unknown"), "Kies een land uit de lijst.", "Choose a country of the list."),
        (
            FieldProblem("/email", "t", "string_pattern_mismatch"),
            "Dit is geen e-mailadres.",
            "This is no e-mail address.",
        ),
    ],
)  # fmt: skip
def test_what_is_not_known_here_has_a_sentence_in_the_pages_language(
    field: FieldProblem, nl: str, en: str
) -> None:
    assert (wrong_with(field, "nl"), wrong_with(field, "en")) == (nl, en)
