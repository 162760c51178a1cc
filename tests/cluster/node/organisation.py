"""The office that plays the demonstration against a cluster, and what it has there, so that one can see that nothing was lost."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.node import beside
from tests.cluster.seen import Broken
from tests.containers.asking import Asking
from tests.containers.compose import SERVICES, until
from tests.containers.engine import run

from koppel.kernel.ids import new_id
from koppel_identity.claims import OPERATOR_RIGHTS
from koppel_local.demo.api import Api
from koppel_local.oauth.issuer import LocalIssuer

_LISTS = {
    "connection-svc": "/v1/connections",
    "import-svc": "/v1/administrations",
    "assignment-svc": "/v1/assignment-plans",
    "sync-svc": "/v1/sync-runs",
}
_ENDS_WITHIN = 300.0
Json = dict[str, Any]


class Organisation:
    """A new one, with a beheerder's token; everything is asked by the names of Services."""

    def __init__(self, issuer: LocalIssuer) -> None:
        organisation, person = new_id(), new_id()
        self._token = issuer.person_token(user=person, organisation=organisation, roles=["beheerder"])
        operator = issuer.person_token(
            user=person, organisation=organisation, roles=[], rights=OPERATOR_RIGHTS
        )
        self._apis = {name: self._api(name, self._token) for name in SERVICES}
        self._operators = {name: self._api(name, operator) for name in SERVICES}

    def play_demo(self) -> str:
        """The whole of it, as `make demo` plays it; returns what it saw."""
        koppel = str(Path(sys.executable).with_name("koppel"))
        told = run([koppel, "demo", "--json"], said="koppel demo", environment=self._addresses())
        facts: Json = json.loads(told.splitlines()[-1])
        return f"{len(facts['steps'])} steps as expected, {facts['seconds']:.0f} s"

    def holdings(self) -> Json:
        """What would be missed: administrations, who works on them, how many records of each resource are kept."""
        administrations = [each["id"] for each in self._items("import-svc", "/v1/administrations")]
        return {
            "connections": sorted(each["id"] for each in self._items("connection-svc", "/v1/connections")),
            "assignments": {each: self._assignment(each) for each in administrations},
            "records": {each: self._records(each) for each in administrations},
        }

    @contextmanager
    def keeps_everything(self) -> Iterator[None]:
        """What the office has is the same afterwards, and no event is parked at any service. Raises `Broken`."""
        before = self.holdings()
        yield
        until(lambda: self.holdings() == before, within=60, what="The return of what the office had")
        if parked := {name: found for name in SERVICES if (found := self._parked(name))}:
            raise Broken(f"parked events: {parked}")

    def ask_for_syncs(self) -> list[str]:
        """A full one of each administration; returns the ids of the requests."""
        ids = [each["id"] for each in self._items("import-svc", "/v1/administrations")]
        asked = self._apis["sync-svc"].post(
            "/v1/syncs", {"administration_ids": ids, "mode": "full"}, expected=202
        )
        return [each["sync_request_id"] for each in asked["items"]]

    def expect_synced(self, requests: list[str]) -> None:
        """Each ends by itself, and well. Raises `Broken`."""
        until(
            lambda: all(self._run(each)["state"] == "finished" for each in requests),
            within=_ENDS_WITHIN,
            what="The end of all syncs",
        )
        if failed := [
            run for each in requests if (run := self._run(each))["outcome"] not in {"changed", "unchanged"}
        ]:
            raise Broken(f"a sync ended with {failed[0]['outcome']}: {failed[0].get('failure')}")

    @contextmanager
    def asking_all(self) -> Iterator[list[Asking]]:
        """It asks all four services all the time, through their Services; the counts are there afterwards."""
        with ExitStack() as stack:
            yield [
                stack.enter_context(Asking([sys.executable], path, f"{name}-app.koppel", 8080, self._token))
                for name, path in _LISTS.items()
            ]

    def close(self) -> None:
        for each in (*self._apis.values(), *self._operators.values()):
            each.close()

    def _items(self, service: str, path: str) -> list[Json]:
        return list(self._apis[service].items(path))

    def _assignment(self, administration: str) -> Json:
        found = self._apis["assignment-svc"].get(f"/v1/administrations/{administration}/assignment")
        return {name: found[name] for name in ("version", "division_id", "template_id") if name in found}

    def _records(self, administration: str) -> dict[str, int]:
        status = self._apis["sync-svc"].get(f"/v1/administrations/{administration}/sync-status")
        return {each["resource"]: each["records"] for each in status["resources"]}

    def _run(self, request: str) -> Json:
        found = list(self._apis["sync-svc"].items("/v1/sync-runs", sync_request_id=request))
        return found[0] if found else {"state": "asked for"}

    def _parked(self, service: str) -> int:
        return len(list(self._operators[service].items("/ops/v1/parked")))

    def _addresses(self) -> dict[str, str]:
        services = {f"KOPPEL_{name.upper().replace('-', '_')}_URL": beside.address(name) for name in SERVICES}
        elsewhere = {"KOPPEL_SANDBOX_URL": beside.SANDBOX, "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": beside.KAFKA}
        return {**services, **elsewhere, "KOPPEL_TOKEN": self._token}

    @staticmethod
    def _api(service: str, token: str) -> Api:
        return Api(service, beside.address(service), token, lambda _: None)


def how_it_went(asked: Sequence[Asking], *, refused: bool) -> str:
    """What the office met; Raises `Broken` when it was refused and must not have been."""
    counts = f"asked {sum(each.asked for each in asked)} times, {sum(each.refused for each in asked)} refused"
    if not refused and any(each.refused for each in asked):
        raise Broken(
            f"{counts}: {[(each.host, each.refused, each.reasons) for each in asked if each.refused]}"
        )
    return f"{counts}, longest wait {max(each.longest for each in asked):.1f} s"
