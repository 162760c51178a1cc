"""A service's README says exactly what the service is: calls, events, jobs, settings and error codes.

The truth comes from the composition root itself (described.py), the event registry and the consumer files.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from koppel.contracts.gate.expectations import expectations
from koppel.contracts.registry import BY_TYPE, EVENTS
from koppel.contracts.topics import EVERY_SERVICE
from koppel.platform.identity import Operation
from koppel.platform.settings import KoppelSettings, MigrationSettings, ServiceSettings
from koppel.providers.catalogue import PROFILES
from koppel.providers.configuration import PER_REGION, PREFIX

ROOT = Path(__file__).parents[3]
HEADINGS = ["Calls", "Publishes", "Reads", "States", "Jobs", "Settings", "Errors", "Fails how"]
LINES = 100


@dataclass(frozen=True, slots=True)
class Service:
    """A service, its canvas and what it really is."""

    name: str
    canvas: str
    made_of: dict[str, Any]

    def listed(self, heading: str) -> list[str]:
        """What stands in code marks in the first cells of a section's table."""
        return [name for row in self.rows(heading) for name in _marked(row[0])]

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of a section's table."""
        section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", self.canvas, re.MULTILINE | re.DOTALL)
        assert section, f"{self.name} has no section {heading}"
        return [line.strip("| ").split(" | ") for line in re.findall(r"^\| `.*$", section[1], re.MULTILINE)]


def _marked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def service(service_name: str, made_of: dict[str, Any]) -> Service:
    canvas = (ROOT / "services" / service_name / "README.md").read_text(encoding="utf-8")
    return Service(service_name, canvas, made_of)


def test_the_headings_are_those_of_every_canvas(service: Service) -> None:
    assert re.findall(r"^## (.+)$", service.canvas, re.MULTILINE) == HEADINGS
    assert service.canvas.startswith(f"# {service.name}\n")


def test_it_fits_on_a_page(service: Service) -> None:
    assert len(service.canvas.splitlines()) <= LINES


def test_calls_are_those_of_the_openapi_document(service: Service) -> None:
    assert sorted(service.listed("Calls")) == service.made_of["operations"]


def test_each_call_stands_with_the_operation_that_a_service_can_be_let_do(service: Service) -> None:
    ids = service.made_of["operation_ids"]
    grantable = {operation.value for operation in Operation}
    for calls, operations, _ in service.rows("Calls"):
        assert _marked(operations) == [ids[call] for call in _marked(calls) if ids[call] in grantable]


def test_published_events_are_those_of_the_topics_it_owns(service: Service) -> None:
    owned = [event.__name__ for event in EVENTS if event.topic.owner in (service.name, EVERY_SERVICE)]
    assert sorted(service.listed("Publishes")) == sorted(owned)


def test_read_events_are_those_of_its_consumer_file_and_of_its_subscriptions(service: Service) -> None:
    stated = sorted(BY_TYPE[each.type].__name__ for each in expectations() if each.consumer == service.name)
    assert sorted(service.listed("Reads")) == stated
    assert service.made_of["reads"] == stated


def test_it_serves_the_asyncapi_document_of_what_it_publishes(service: Service) -> None:
    document = service.made_of["asyncapi"]
    assert document
    titles = {message["title"] for message in document["components"]["messages"].values()}
    assert {*service.listed("Publishes"), *service.listed("Reads")} == titles
    committed = Path(__file__).parents[3] / f"docs/events/asyncapi/{service.name}.json"
    assert document == json.loads(committed.read_text(encoding="utf-8"))


def test_jobs_are_those_that_run(service: Service) -> None:
    assert sorted(service.listed("Jobs")) == sorted(service.made_of["jobs"])


def test_settings_are_those_it_reads(service: Service) -> None:
    assert sorted(service.listed("Settings")) == service.made_of["settings"]


def test_every_error_code_is_listed(service: Service) -> None:
    assert not set(service.made_of["codes"]) - set(service.listed("Errors"))


def test_every_listed_error_code_exists(service: Service) -> None:
    folders = [ROOT / "services" / service.name / "src", ROOT / "shared" / "src"]
    source = "\n".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    computed = set(service.made_of["codes"])
    assert not [c for c in service.listed("Errors") if c not in computed and f'"{c}"' not in source]


def test_the_common_settings_are_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)
    shared = [f"KOPPEL_{name.upper()}" for name in KoppelSettings.model_fields]
    own = [
        f"<SERVICE>_{name.upper()}"
        for each in (ServiceSettings, MigrationSettings)
        for name in each.model_fields
    ]
    assert sorted(name for name in listed if not name.startswith(PREFIX)) == sorted([*shared, *own])


def test_the_settings_of_providers_are_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    section = text.partition("## Accounting packages")[2].partition("\n## ")[0]
    named = set(re.findall(r"(?:<ID>|…)_([A-Z_]+?)`", section))
    profiles = PROFILES
    headers = {setting.upper() for profile in profiles for setting in profile.headers.values()}
    assert {"ENABLED", "LIMITS", "SHARES", *PER_REGION} <= named
    assert named - {"ENABLED", "LIMITS", "SHARES", *PER_REGION} - headers <= {"SUBSCRIPTION_KEY", "FILE"}
