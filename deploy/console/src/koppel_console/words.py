"""Dutch and English: every text stands in both, side by side where it is used, so that none can be missing."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages; `{name}` is filled in by `said`."""

    nl: str
    en: str

    def said(self, language: Language, **values: object) -> str:
        """The text in one language. Values are put in as they are: the template escapes the whole."""
        text = self.nl if language == "nl" else self.en
        return text.format(**values) if values else text


def language_of(chosen: str | None, accepted: str | None) -> Language:
    """What the person chose, else the first of the browser's that is ours, else Dutch."""
    if chosen in LANGUAGES:
        return "en" if chosen == "en" else "nl"
    for part in (accepted or "")[:200].lower().split(","):
        if part.strip().startswith("en"):
            return "en"
        if part.strip().startswith("nl"):
            return "nl"
    return "nl"
