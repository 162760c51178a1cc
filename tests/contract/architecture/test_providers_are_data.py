"""A provider is known in its folder and in the catalogue; no service and no settings class names one."""

import re
from pathlib import Path

import pytest

from koppel.providers.catalogue import PROVIDERS

ROOT = Path(__file__).parents[3]
PROVIDER_LAYER = ROOT / "shared/src/koppel/providers"
FOLDERS = sorted(each.parent.name for each in PROVIDER_LAYER.glob("*/profile.py"))
NAMES = re.compile("|".join(sorted({*FOLDERS, *PROVIDERS})), re.IGNORECASE)
EXAMPLE = re.compile(r'"provider": "\w{1,40}",?\s*$')
"""A line of an example in the OpenAPI document."""
SOURCES = sorted(
    each
    for folder in (
        "services",
        "shared/src/koppel/platform",
        "shared/src/koppel/ports",
        "shared/src/koppel/kernel",
    )
    for each in (ROOT / folder).rglob("*")
    if each.suffix in {".py", ".sql"} and ".venv" not in each.parts
)


def test_every_folder_of_a_provider_is_found() -> None:
    assert set(PROVIDERS) <= set(FOLDERS)


@pytest.mark.parametrize("layer", ["services", "provider layer"])
def test_nothing_but_its_own_folder_and_the_catalogue_names_a_provider(layer: str) -> None:
    shared = [each for each in PROVIDER_LAYER.glob("*.py") if each.name != "catalogue.py"]
    for source in SOURCES if layer == "services" else shared:
        lines = source.read_text(encoding="utf-8").splitlines()
        named = [line for line in lines if NAMES.search(line) and not EXAMPLE.search(line)]
        assert named == [], source
