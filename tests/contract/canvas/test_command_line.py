"""`koppel` calls what the services offer, all of it, and shows every answer that their documents allow in 80 columns."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from typer.core import TyperGroup

from koppel_cli.main import main, tool
from koppel_cli.places import SERVICES, variable_of

from .answered import ID, Answering, Call, Fill

COMMANDS = """
administrations list --q x --state active --connection ID --import-session ID --sort name
administrations list --organisation all --q x --since 2026-01-01T00:00:00Z
administrations list --organisation ID
administrations show ID
administrations found --connection ID
administrations profile ID --kvk-number 01234567 --sector C
administrations remove ID
assignments list ID ID
assignments list ID --organisation ID
assignments list --organisation all --q x --user ID
assignments plans --state planned
assignments plan ID --division ID --add-user ID
assignments plan --all --template ID
assignments plan --import-session ID --replace-users ID
assignments show ID
assignments apply ID --partial
assignments undo ID
attention
audit --actor a --action b --target c --organisation ID --since today
budget --provider moneybird --add 5
connections list
connections list --organisation all --state active --code c --q x --since 2026-01-01T00:00:00Z --sort name
connections show ID
connections new moneybird --return-url http://127.0.0.1/ --name n --region nl
connections new snelstart --credentials FILE
connections authorize ID --return-url http://127.0.0.1/ --grant ID
connections delete ID
consumers --consumer sync-svc --topic koppel.sync.v1
divisions list
divisions show ID
divisions put ID --name x
divisions delete ID
freshness
held-deletions list --administration ID --state open
held-deletions list --organisation all
held-deletions release ID --reason r
held-deletions reject ID --reason r
import-sessions list --connection ID --state selecting
import-sessions start ID
import-sessions show ID
import-sessions candidates ID --q x --by-name
import-sessions select ID ID ID
import-sessions profiles ID --file ROWS --partial
import-sessions confirm ID
import-sessions summary ID
kvk 01234567
organisations list --q x --sort name
organisations name ID x
organisations own
organisations own --name x
parked list --consumer c --type t --cause c --organisation ID
parked causes --consumer c --type t
parked show ID
parked check ID
parked retry ID
parked retry --cause c --reason r --only-passing
parked retry ID ID --reason r
parked retry --cause c --reason r --ladder 1,10 --limit 50 --rate 5
parked show ID --payload
parked discard ID --reason r --yes
releases list --state stopped
releases show ID
find ID
timeline ID
events --causation-id ID --folded --payload --from 2026-01-01T00:00:00Z
events --administration ID --organisation ID --type SyncStarted
policies get ID
policies set ID --preset hourly --sweep never --freshness-minutes 60
providers
reauthorizations
reauthorizations --organisation all --code c --q x
records ID --resource contact
replay plan --stream koppel.sync.v1 ID --target all --reason r
replay plan --type nl.koppel.ConnectionCreated.v1 --target sync-svc --reason r --from 2026-01-01T00:00:00Z
replay plan --stream koppel.administration.v1 ID 3-7 --target all --reason r --mode rebuild
replay plan --stream koppel.assignment.v1 ID --target all --reason r --parked-only --rate 5 --administration ID
replay start ID --reason r
replay pause ID
replay resume ID
replay cancel ID
replay status ID
replay verdicts ID --phase run
replay list --state running
runs list --administration ID --request ID --state finished --outcome failed --code c
runs list --organisation all --q x --since 2026-01-01T00:00:00Z
runs show ID
sectors
stream koppel.sync.v1 ID
sync-status list --q x --outcome failed --paused --sort name
sync-status list --organisation all
sync-status show ID
syncs start ID --resource contact --mode full
syncs cancel ID
templates list
templates show ID
templates put ID --name x
templates delete ID
users list
users show ID
users put ID --name x --email x@example.nl --role user
users delete ID
users administrations ID --name x
"""
NOT_FOR_PEOPLE = {
    # A browser or a provider comes here, not an operator.
    Call("GET", "/v1/oauth/{provider}/callback"),
    Call("POST", "/v1/key-notices/{provider}"),
    Call("POST", "/internal/v1/grants/{grant_id}/access-token"),
    # `runs show --follow` looks again; a browser is pushed the same.
    Call("GET", "/v1/sync-runs/{run_id}/events"),
    # `timeline` asks it of one who is no operator.
    Call("GET", "/v1/events"),
    # `assignments list` asks for several at once.
    Call("GET", "/v1/administrations/{administration_id}/assignment"),
}
OTHERS = {"up", "down", "status", "logs", "token", "demo", "topics", "login", "logout", "profiles"}
"""Of the local stack, and of the issuer."""


def _typed(line: str, folder: Path) -> list[str]:
    (folder / "key.json").write_text('{"key": "k"}')
    (folder / "rows.json").write_text(json.dumps([{"candidate_id": ID, "kvk_number": "01234567"}]))
    words = {"ID": ID, "FILE": str(folder / "key.json"), "ROWS": str(folder / "rows.json")}
    return [words.get(word, word) for word in line.split()]


@pytest.mark.parametrize("fill", ["whole", "sparse"])
def test_every_call_of_the_service_has_its_command_and_every_answer_fits(
    service_name: str,
    made_of: dict[str, Any],
    fill: Fill,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Of this service; what others are asked is refused like by one that is dead."""
    answering = Answering(made_of["openapi"], fill)

    def request(method: str, url: str, **given: Any) -> httpx.Response:
        if urlsplit(url).hostname != service_name:
            raise httpx.ConnectError("away")
        return answering.request(method, url, **given)

    monkeypatch.setattr("koppel_cli.http_call.request", request)
    monkeypatch.setattr("koppel_cli.replay.planning._PATIENCE", 0.0)
    monkeypatch.setenv("KOPPEL_TOKEN", "t")
    monkeypatch.delenv("COLUMNS", raising=False)
    for name in SERVICES:
        monkeypatch.setenv(variable_of(name), f"http://{name}")
    for line in COMMANDS.split("\n"):
        main(_typed(line, tmp_path)) if line else None
        told = capsys.readouterr()
        assert "unexpected_answer" not in told.err, line
        assert "another shape" not in told.err, line
        assert max((len(each) for each in told.out.splitlines()), default=0) <= 80, line
    operations = {
        Call(method.upper(), path)
        for path, methods in made_of["openapi"]["paths"].items()
        for method in methods
    }
    assert operations - answering.calls == NOT_FOR_PEOPLE & operations


def test_every_command_is_tried_here() -> None:
    lines = [line.split() for line in COMMANDS.splitlines() if line]
    assert [
        words
        for words in _commands(tool())
        if words[0] not in OTHERS and not any(line[: len(words)] == list(words) for line in lines)
    ] == []


def _commands(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, *above, name)
        else:
            yield (*above, name)
