"""Everything the gate looks at: schemas, facts, golden events, consumer files, and what may go."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path

from koppel.contracts.event import Event
from koppel.contracts.gate import facts, golden
from koppel.contracts.gate.differences import Difference, breaking
from koppel.contracts.gate.expectations import Expectation, expectations, impact, readers, unmet
from koppel.contracts.gate.history import (
    FOLDER,
    binds_the_same,
    folder_of,
    revisions,
    schema_of,
    write_changed,
)
from koppel.contracts.registry import EVENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gate over a set of events and the folders of their history. `today`: which sunsets have passed."""

    events: Sequence[type[Event]] = EVENTS
    known: list[Expectation] = field(default_factory=expectations)
    schemas: Path = FOLDER
    golden: Path = golden.FOLDER
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def problems(self) -> list[str]:
        """Every reason not to merge, in words; empty when all is well."""
        found = list(unmet(self.known, self.events))
        for event in self.events:
            found += self._of_schema(event)
            found += self._of_facts(event)
            found += golden.problems(event, revisions(event, self.schemas), self.golden)
        for folder in self._without_class():
            if why := facts.may_go(facts.committed(folder), self.today):
                found.append(f"{folder.name}: {why}{_whom(readers(_type_of(folder), self.known))}")
        return found

    def warnings(self) -> list[str]:
        """What is going away, and whom it will meet; never a reason not to merge."""
        found = []
        for event in self.events:
            if event.deprecated is not None:
                ends = f", ends after {event.sunset}" if event.sunset else ""
                instead = f", read {event.replaced_by} instead" if event.replaced_by else ""
                whom = _whom(readers(event.type_name(), self.known), "still read by")
                found.append(f"{_name(event)}: deprecated since {event.deprecated}{ends}{instead}{whom}")
            if event.sunset is not None and event.sunset < self.today:
                found.append(f"{_name(event)}: its sunset {event.sunset} has passed, it may go")
        for folder in self._without_class():
            was = facts.committed(folder)
            if was is not None and facts.may_go(was, self.today) is None:
                found.append(f"{folder.name}: gone since its sunset {was['sunset']}")
        return found

    def write(self) -> Iterable[Path]:
        """Add revisions, golden events and facts that are missing; nothing committed is changed, but an announcement."""
        yield from write_changed(self.events, self.schemas)
        yield from golden.write_missing(self.events, self.schemas, self.golden)
        yield from (path for event in self.events if (path := facts.write(event, self.schemas)))

    def _of_schema(self, event: type[Event]) -> Iterator[str]:
        history, now = revisions(event, self.schemas), schema_of(event)
        if not history or not binds_the_same(history[-1], now):
            yield f"{event.__name__}: the model differs from {folder_of(event, self.schemas)}; run `... gate write`"
        for number, earlier in enumerate(history, start=1):
            for difference in breaking(earlier, now):
                yield f"{_name(event)} against revision {number}: {self._told(event, difference)}"
        for (one, earlier), (other, later) in combinations(enumerate(history, start=1), 2):
            for difference in breaking(earlier, later):
                yield f"{_name(event)} revision {other} against {one}: {self._told(event, difference)}"

    def _of_facts(self, event: type[Event]) -> Iterator[str]:
        was, now = facts.committed(folder_of(event, self.schemas)), facts.facts_of(event)
        broken = list(facts.breaks(was, now)) if was is not None else []
        yield from (f"{_name(event)}: {self._told(event, difference)}" for difference in broken)
        if was != now and not broken:
            yield f"{event.__name__}: its facts differ from facts.json; run `... gate write`"
        types = {one.type_name() for one in self.events}
        yield from (f"{_name(event)}: {what}" for what in facts.wrong(event, types))

    def _told(self, event: type[Event], difference: Difference) -> str:
        return f"{difference}{_whom(impact(event, difference, self.known))}"

    def _without_class(self) -> list[Path]:
        names = {folder_of(event).name for event in self.events}
        return [path for path in sorted(self.schemas.iterdir()) if path.name not in names]


def _name(event: type[Event]) -> str:
    return f"{event.__name__}.v{event.version}"


def _type_of(folder: Path) -> str:
    return f"nl.koppel.{folder.name}"


def _whom(consumers: Iterable[str], verb: str = "breaks") -> str:
    names = ", ".join(dict.fromkeys(consumers))
    return f" ({verb} {names})" if names else ""
