"""The demonstration from first to last step."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from koppel.platform.kafka.access import Kafka
from koppel_local.demo.companies import choose_companies
from koppel_local.demo.given import given_addresses
from koppel_local.demo.organisation import Organisation
from koppel_local.demo.provider import USERNAME, provider_asked_for, second_provider
from koppel_local.demo.stage import Addresses, Stage
from koppel_local.demo.steps import (
    adding_provider,
    assigning,
    connecting,
    directory,
    importing,
    looking_back,
    syncing,
)
from koppel_local.demo.steps.importing import Administration
from koppel_local.demo.summary import Facts, as_data, ask_administrations, show
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.progress import DownloadProgress
from koppel_local.stack.stack import Stack
from koppel_local.stack.status import StackStatus

_RETURN_URL = "http://127.0.0.1:3000/connections"
"""Where a front end would live; the browser of the demonstration stops before it."""


def demonstrate(console: Console, say: Callable[[str], None], progress: DownloadProgress) -> dict[str, Any]:
    """Start what does not run, play, stop what was started; returns the facts. Raises `KoppelError`."""
    provider = provider_asked_for()
    began, stack = time.monotonic(), Stack(say=say, progress=progress)
    with (
        _ended_by_signal(),
        _somewhere(stack) as (organisation, addresses),
        Stage(organisation, addresses, _RETURN_URL, console, provider) as stage,
    ):
        facts = _play(stage)
        show(console, facts)
        steps = stage.steps_taken()
    seconds = time.monotonic() - began
    console.print(f"[green]Everything as expected[/green], {seconds:.0f} s in all.", highlight=False)
    console.print(
        "The same in a browser: `make up`, then http://127.0.0.1:8180 (docs/console.md).", highlight=False
    )
    return {**as_data(facts), "steps": steps, "seconds": round(seconds, 1)}


def _play(stage: Stage) -> Facts:
    directory.set_up_organisation(stage)
    companies = choose_companies(stage.sandbox, USERNAME, stage.provider)
    connection = connecting.connect(stage)
    connecting.log_in(stage, connection, companies)
    session, candidates = importing.discover(stage, connection.id, companies)
    importing.complete(stage, session, candidates)
    administrations = importing.confirm(stage, session, candidates)
    besides: list[Administration] = []
    if (second := second_provider()) and adding_provider.is_offered(stage, second):
        also = adding_provider.connect_second(stage, second)
        besides = [adding_provider.import_besides(stage, second, also, administrations[0])]
    assigning.see_default_rule(stage, administrations + besides)
    plan = assigning.assign_in_bulk(stage, session, administrations)
    administrations += besides
    runs = [syncing.see_first_sync(stage, administrations)]
    watched = administrations[0]
    _play_what_is_special(stage, connection, watched)
    changes = syncing.change_books(stage, watched.company)
    runs.append(syncing.sync_changes(stage, administrations, watched, changes))
    runs += [{watched.id: run} for run in syncing.find_removed(stage, watched, changes)]
    by_administration = {
        each.id: [run[each.id] for run in runs if each.id in run] for each in administrations
    }
    timeline = looking_back.look_back(stage, connection.id, watched, by_administration[watched.id])
    return Facts(
        organisation=stage.organisation,
        connection=stage.connections.get(f"/v1/connections/{connection.id}"),
        administrations=ask_administrations(stage, administrations),
        plan=plan,
        runs=by_administration,
        changes=changes,
        timeline=timeline,
        timeline_of=watched,
    )


def _play_what_is_special(
    stage: Stage, connection: connecting.StartedConnection, watched: Administration
) -> None:
    """Steps that this provider alone has."""
    if stage.provider.by_key:
        connecting.renew_key(stage, connection, watched.company)


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM is handled like Ctrl-C: what was started is stopped."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _somewhere(stack: Stack) -> Iterator[tuple[Organisation, Addresses]]:
    if (given := given_addresses(stack.issuer)) is not None:
        yield given
        return
    with _running(stack) as status:
        organisation = Organisation()
        yield organisation, _addresses(organisation, status, stack.kafka() or "", stack.issuer)


@contextmanager
def _running(stack: Stack) -> Iterator[StackStatus]:
    """The stack, all ready; stopped afterwards unless some of it ran before."""
    ours = not _any_process(stack.status())
    try:
        yield stack.up()
    finally:
        if ours:
            stack.down()


def _any_process(status: StackStatus) -> bool:
    parts = [status["kafka"]["pids"], status["postgres"]["pids"], status["sandbox"]["pids"]]
    return any(parts) or any(service["pids"] for service in status["services"].values())


def _addresses(
    organisation: Organisation, status: StackStatus, kafka: Kafka, issuer: LocalIssuer
) -> Addresses:
    administrator = organisation.administrators[0]
    token = issuer.person_token(
        user=administrator.id, organisation=organisation.organisation_id, roles=[administrator.role.value]
    )
    return Addresses(
        services={name: service["url"] or "" for name, service in status["services"].items()},
        sandbox=status["sandbox"]["url"] or "",
        kafka=kafka,
        token=token,
    )
