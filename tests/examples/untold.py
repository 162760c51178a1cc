"""What the demo does not meet, told on from where it ended: the same office, administration, people and days."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from koppel.contracts import administration, assignment, connection, pause, replay, sync
from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.event import Event
from koppel.contracts.failures import REAUTHORIZATION_REQUIRED
from koppel.contracts.topics import EVERY_SERVICE
from koppel.contracts.values import Sector, WhoMustAct
from koppel.kernel.ids import new_id
from koppel.providers.failures import COMPANY_BLOCKED, RATE_LIMITED, failure
from sync_svc.domain.failure import NO_PROGRESS

from .captured import Told

READER = "invoice-reader"
"""A subscriber of somebody's."""


def untold(chosen: Mapping[str, Told]) -> dict[str, Told]:
    """The rest of the types, by name of their file."""
    return {each.name: each for each in _published(chosen, _Story(chosen).events())}


def _published(chosen: Mapping[str, Told], events: Iterator[Event]) -> Iterator[Told]:
    versions = {(each.topic, each.key): int(each.headers["ce_sequence"]) for each in chosen.values()}
    for event in events:
        *_, time = (value for name, value in event if name == "at" or name.endswith("_at"))
        stream = (event.topic.name, event.key)
        versions[stream] = versions.get(stream, 0) + 1
        headers = {name: text.decode() for name, text in encode(_envelope(event, time, versions[stream]))}
        value = event.model_dump(mode="json")
        yield Told(
            event.topic.name, event.key, headers, value, "told on from the demo, which does not meet it"
        )


def _envelope(event: Event, time: datetime, version: int) -> Envelope:
    ours = event.topic.owner != EVERY_SERVICE
    return Envelope(
        id=str(new_id()),
        type=event.type_name(),
        source=source_of(event.topic.owner) if ours else f"urn:example:{READER}",
        subject=event.key,
        time=time,
        organisation_id=event.organisation_id,
        sequence=version if ours else None,
        correlation_id=new_id() if ours else None,
    )


class _Story:
    """What is known from the demo."""

    def __init__(self, chosen: Mapping[str, Told]) -> None:
        self.imported = chosen["AdministrationImported.v1"].value
        self.completed = chosen["SyncCompleted.v1"].value
        self.at = datetime.fromisoformat(chosen["SyncCompleted.v1"].headers["ce_time"])
        self.person = self.imported["imported_by"]
        self.of_organisation = {"organisation_id": UUID(self.imported["organisation_id"])}
        self.of_administration = self.of_organisation | {
            "administration_id": UUID(self.imported["administration_id"])
        }
        self.of_connection = self.of_organisation | {
            "connection_id": UUID(self.imported["connection_id"]),
            "provider": self.imported["provider"],
        }

    def later(self, minutes: float) -> datetime:
        return self.at + timedelta(minutes=minutes)

    def events(self) -> Iterator[Event]:
        yield from self._administration_changes()
        yield from self._runs()
        yield from self._connection()
        yield from self._pauses()
        yield from self._end()
        yield from self._replay()

    def _administration_changes(self) -> Iterator[Event]:
        name = self.imported["name"].replace(" B.V.", " & Zn. B.V.")
        yield administration.AdministrationRenamed(
            **self.of_administration, name=name, renamed_at=self.later(10)
        )
        yield administration.AdministrationFound(
            **self.of_connection,
            grant_id=UUID(self.imported["grant_id"]),
            external_id=str(new_id()),
            name="Kwekerij Zonnehof B.V.",
            kvk_number="90004760",
            status="active",
            found_at=self.later(15),
        )
        yield administration.AdministrationProfileChanged(
            **self.of_administration,
            kvk_number=self.imported["kvk_number"],
            sector=Sector(sbi_version="2025", code="C"),
            changed_by=self.person,
            changed_at=self.later(20),
        )

    def _runs(self) -> Iterator[Event]:
        nothing = dict.fromkeys(("fetched", "changed", "deleted", "unchanged", "failed"), 0)

        def ended(reason: str) -> dict[str, Any]:
            waiting = nothing | {"state": "waiting", "total": None, "reason": reason}
            return {
                "resources": [each | waiting for each in self.completed["resources"]],
                "duration_seconds": 4.217,
                "finished_at": self.later(40),
            }

        yield sync.SyncDeferred(
            **self.of_administration,
            run_id=new_id(),
            failure=failure(RATE_LIMITED).as_contract(),
            until=self.later(31),
            deferred_at=self.later(30),
        )
        failed, abandoned = REAUTHORIZATION_REQUIRED, NO_PROGRESS
        yield sync.SyncFailed(**self.of_administration, **ended(failed.code), run_id=new_id(), failure=failed)
        yield sync.SyncCancelled(
            **self.of_administration, **ended("cancelled"), run_id=new_id(), cancelled_by=self.person
        )
        yield sync.SyncAbandoned(
            **self.of_administration, **ended(abandoned.code), run_id=new_id(), failure=abandoned
        )

    def _connection(self) -> Iterator[Event]:
        yield connection.AuthorizationExpired(
            **self.of_connection, authorization_id=new_id(), expired_at=self.later(50)
        )
        yield connection.ConnectionExpiring(
            **self.of_connection,
            grant_id=UUID(self.imported["grant_id"]),
            dies_at=self.later(60 * 24),
            act_by=self.later(60 * 23),
            who_must_act=WhoMustAct.PROVIDER,
            told_at=self.later(55),
        )
        yield connection.ConnectionReauthorizationRequired(
            **self.of_connection,
            grant_id=UUID(self.imported["grant_id"]),
            reason="grant_invalid",
            who_must_act=WhoMustAct.CUSTOMER,
            required_at=self.later(60),
        )
        yield connection.ConnectionRecovered(
            **self.of_connection, grant_id=UUID(self.imported["grant_id"]), recovered_at=self.later(70)
        )

    def _pauses(self) -> Iterator[Event]:
        held: dict[str, Any] = self.of_organisation | {
            "scope": pause.PauseScope.ADMINISTRATION,
            "id": self.imported["administration_id"],
            "cause": COMPANY_BLOCKED.code,
            "who_must_act": COMPANY_BLOCKED.who_must_act,
            "resumes_when": pause.ResumesWhen.PROBE,
        }
        yield pause.SyncPaused(**held, at=self.later(71))
        yield pause.SyncResumed(**held, reason="probe", at=self.later(74))

    def _end(self) -> Iterator[Event]:
        grants = (UUID(self.imported["grant_id"]),)
        yield administration.AdministrationVanished(
            **self.of_administration, reason="not_listed", vanished_at=self.later(75)
        )
        yield connection.ConnectionRevoked(
            **self.of_connection, grant_ids=grants, reason="disconnected", revoked_at=self.later(80)
        )
        yield connection.ConnectionDeleted(
            **self.of_connection, grant_ids=grants, deleted_by=self.person, deleted_at=self.later(80)
        )
        yield administration.AdministrationRemoved(
            **self.of_administration,
            reason="connection_deleted",
            removed_by=self.person,
            removed_at=self.later(81),
        )
        yield assignment.AdministrationUnassigned(
            **self.of_administration,
            reason="connection_deleted",
            unassigned_by=f"event:{new_id()}",
            unassigned_at=self.later(82),
        )

    def _replay(self) -> Iterator[Event]:
        yield replay.GapFound(
            **self.of_organisation,
            consumer=READER,
            stream_topic=administration.AdministrationRenamed.topic.name,
            stream_key=self.imported["administration_id"],
            from_version=2,
            to_version=3,
            found_at=self.later(90),
        )
        yield replay.ReplayReported(
            **self.of_organisation,
            replay_id=new_id(),
            consumer=READER,
            phase="run",
            position=2,
            total=2,
            applied=2,
            skipped=0,
            held=0,
            parked=0,
            streams=1,
            events=2,
            reported_at=self.later(91),
        )
