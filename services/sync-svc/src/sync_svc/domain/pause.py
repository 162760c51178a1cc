"""Pauses by cause: what fails for the same cause again and again is not tried until the cause is gone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from koppel.contracts.pause import NOBODYS, PauseScope, ResumesWhen
from koppel.contracts.values import Failure, ResourceName, SyncOutcome
from sync_svc.domain.administration import Administration
from sync_svc.domain.listing import ListingProgress, ListingState
from sync_svc.domain.pause_rules import LOGIN_ENDED, RULES, PauseRule
from sync_svc.domain.request import Priority
from sync_svc.domain.run import Ending, Run

NOTHING_DONE = frozenset({SyncOutcome.FAILED, SyncOutcome.ABANDONED})
"""Outcomes of runs that did not do what was asked."""
WIDTH = {scope: width for width, scope in enumerate(PauseScope)}
"""How much a pause of the scope holds, in order."""
AT_LEAST_APART = timedelta(minutes=1)
"""From one probe to the next, whoever waits."""
_WIDER = {
    PauseScope.RESOURCE: (PauseScope.ADMINISTRATION, PauseScope.GRANT, PauseScope.PROVIDER),
    PauseScope.ADMINISTRATION: (PauseScope.GRANT, PauseScope.PROVIDER),
    PauseScope.GRANT: (PauseScope.PROVIDER,),
    PauseScope.PROVIDER: (),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What can be paused. `organisation_id` is the nil one for a provider: it is nobody's alone."""

    scope: PauseScope
    id: str
    organisation_id: UUID


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure that counts towards a pause."""

    rule: PauseRule
    subject: Subject
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What is paused, since when, why, and what ends it. `probed` is the administration that is tried as a probe."""

    subject: Subject
    failure: Failure
    resumes_when: ResumesWhen
    since: datetime
    act_by: datetime | None = None
    next_probe_at: datetime | None = None
    probed_at: datetime | None = None
    probed: UUID | None = None

    @property
    def holds_all(self) -> bool:
        """Whether it holds administrations as a whole."""
        return self.subject.scope is not PauseScope.RESOURCE

    def tried_again_at(self, *, person_waits: bool) -> datetime | None:
        """When it may be over at the earliest; None where a person has to log in. Who waits for it brings a probe forward."""
        if not (person_waits and self.holds_all and self.next_probe_at and self.probed_at):
            return self.next_probe_at
        return min(self.next_probe_at, self.probed_at + AT_LEAST_APART)

    @property
    def ends_by_probe(self) -> bool:
        """Whether a success ends it; a login that a person has to renew is not mended by one."""
        return self.resumes_when is not ResumesWhen.LOGIN

    @property
    def ends_by_login(self) -> bool:
        return self.resumes_when is not ResumesWhen.PROBE

    def is_of(self, resource: ResourceName) -> bool:
        """Whether it holds that resource of an administration."""
        return self.subject.id.endswith(f"/{resource}")

    def stops(self, resource: ResourceName, administration_id: UUID) -> bool:
        """Whether the resource may not be read."""
        return self.is_of(resource) and not self.lets(administration_id)

    def lets(self, administration_id: UUID) -> bool:
        """Whether the administration may be read all the same, as the probe."""
        return self.probed == administration_id


def grant_of(grant_id: UUID, organisation_id: UUID) -> Subject:
    """All that is read with a login."""
    return Subject(PauseScope.GRANT, str(grant_id), organisation_id)


def subject_of(
    scope: PauseScope, administration: Administration, resource: ResourceName | None = None
) -> Subject:
    """What a pause of this scope holds, for (the resource of) this administration."""
    own = administration.organisation_id
    match scope:
        case PauseScope.PROVIDER:
            return Subject(scope, administration.provider, NOBODYS)
        case PauseScope.GRANT:
            return grant_of(administration.grant_id, own)
        case PauseScope.ADMINISTRATION:
            return Subject(scope, str(administration.administration_id), own)
        case _:
            return Subject(scope, f"{administration.administration_id}/{resource}", own)


def wider_than(scope: PauseScope, administration: Administration) -> list[Subject]:
    """What holds more than a pause of this scope, and the administration too."""
    return [subject_of(each, administration) for each in _WIDER[scope]]


def troubles_of(
    administration: Administration, ending: Ending, listings: Iterable[ListingProgress]
) -> list[Trouble]:
    """What the end of a run counts towards which pauses, widest first."""
    failed = ending.failure if ending.outcome in NOTHING_DONE else None
    of_run = [] if failed is None else [(failed, None)]
    of_listings = [
        (progress.failure, progress.resource)
        for progress in listings
        if progress.state is ListingState.FAILED and progress.failure is not None
    ]
    found: dict[Subject, Trouble] = {}
    for rule in RULES:
        if rule is LOGIN_ENDED:
            continue
        narrow = rule.scope is PauseScope.RESOURCE
        for failure, resource in of_listings if narrow else of_run:
            if failure.code in rule.causes:
                subject = subject_of(rule.scope, administration, resource)
                found.setdefault(subject, Trouble(rule, subject, failure))
    return list(found.values())


def working(
    administration: Administration, troubles: Sequence[Trouble], read: Collection[ResourceName]
) -> list[Subject]:
    """What is known to work after a run that has read these resources now: so much of it, and all that is wider."""
    known = {subject for name in read for subject in wider_than(PauseScope.RESOURCE, administration)}
    for trouble in troubles:
        if trouble.rule.answered:
            known.update(wider_than(trouble.rule.scope, administration))
    known |= {subject_of(PauseScope.RESOURCE, administration, name) for name in read}
    return sorted(
        known - {trouble.subject for trouble in troubles if trouble.rule.scope is PauseScope.RESOURCE},
        key=lambda subject: -WIDTH[subject.scope],
    )


@dataclass(frozen=True, slots=True)
class DuePause:
    """A pause that is to be probed: how often it was, and the resource that it is of, if it is of one."""

    subject: Subject
    rule: PauseRule
    probes: int
    resource: ResourceName | None


@dataclass(frozen=True, slots=True)
class Probe:
    """Whom to try, with which resources (None: all), and whether a run of it waits already."""

    organisation_id: UUID
    administration_id: UUID
    resources: tuple[ResourceName, ...] | None
    waits: bool


def holding(pauses: Sequence[Pause], resources: Collection[ResourceName]) -> Pause | None:
    """Which of an administration's pauses a request for these resources (none named: all) waits for, if any."""
    for pause in pauses:
        if pause.holds_all:
            return pause
    held = [next((each for each in pauses if each.is_of(name)), None) for name in resources]
    return held[0] if held and None not in held else None


def held_until(run: Run, pauses: Sequence[Pause]) -> Run:
    """The run as one that its administration's pauses hold: it goes on when the last of them is over."""
    narrow = [] if run.wanted.resources is None else sorted(run.wanted.resources)
    holds = [each for each in pauses if each.holds_all and not each.lets(run.administration_id)]
    holds = holds or [
        each for each in pauses if any(each.stops(name, run.administration_id) for name in narrow)
    ]
    person_waits = run.priority is Priority.ON_DEMAND
    ends = [each.tried_again_at(person_waits=person_waits) for each in holds]
    known = [each for each in ends if each is not None]
    return run.held_by(max(known) if known and len(known) == len(ends) else None)


class Pauses(Protocol):
    """Pauses, and what counts towards them. A provider's are written within `Transaction.of_all` only."""

    async def count(self, trouble: Trouble, administration_id: UUID) -> int:
        """Note it; how many there are in a row."""
        ...

    async def forget_troubles(self, subjects: Sequence[Subject]) -> None:
        """They work: what was counted is forgotten."""
        ...

    async def begin(self, trouble: Trouble, administration_id: UUID | None) -> Pause | None:
        """None when it is paused already, or nothing is there to be held."""
        ...

    async def end(self, subjects: Sequence[Subject], *, by_probe: bool) -> list[tuple[Pause, datetime]]:
        """End those that are paused, and of which a probe can tell, where it was one; returns them and the time.

        What missed its time under them and is free now is due again, one by one.
        """
        ...

    async def of_administration(self, administration_id: UUID) -> list[Pause]:
        """Those that hold it or a resource of it, widest first. Nothing holds one that was removed."""
        ...

    async def of_administrations(self, ids: Sequence[UUID]) -> Mapping[UUID, list[Pause]]:
        """The same of many; each has its list."""
        ...

    async def ended_by_login(self, grant_ids: Sequence[UUID]) -> list[Subject]:
        """What a new login with these grants sets free."""
        ...

    async def own(self, administration_id: UUID) -> list[Pause]:
        """Those of that administration alone, and of its resources."""
        ...

    async def probe_failed(self, subjects: Sequence[Subject]) -> None:
        """Their probe is over; the next one comes at its time."""
        ...

    async def groundless(self) -> list[tuple[Subject, str]]:
        """Pauses whose cause is gone without anybody having said so, with what ends each."""
        ...

    async def lock_due_probes(self, limit: int) -> list[DuePause]:
        """Those to be probed now that no other process holds."""
        ...

    async def choose_probe(self, due: DuePause) -> Probe | None:
        """Whom to try; None when nobody can be."""
        ...

    async def probe(self, due: DuePause, probed: UUID | None, again_after: timedelta) -> None:
        """Let that administration be read; it is probed again, if need be, after so long."""
        ...

    async def set_held_aside(self) -> None:
        """What is held is not looked at for a minute, or until its pause ends."""
        ...

    async def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many there are, by scope, cause and, where one is held, provider."""
        ...
