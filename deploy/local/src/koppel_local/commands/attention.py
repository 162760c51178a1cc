"""What of the local stack needs somebody, in lines of at most 78 columns, with the command that says more or helps."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import Answers, ask_each
from koppel_cli.matters import stuck
from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.wording import count, listed, since
from koppel_local.stack.layout import default_state_dir, log_file
from koppel_local.stack.status import StackStatus

_SECONDS = 5.0


def needs(status: StackStatus, token: str | None) -> list[str]:
    """One line a matter; none when all is well. Only services that are ready are asked what they have parked."""
    parts = {"postgres": status["postgres"], "kafka": status["kafka"], **status["services"]}
    parts |= {"sandbox": status["sandbox"], "identity": status["identity"], "console": status["console"]}
    if not any(part["pids"] or part["ready"] for part in parts.values()):
        return ["nothing runs: `make up` starts it"]
    stuck = [name for name, part in parts.items() if not part["ready"] and part["pids"]]
    lines = [f"{name} is not ready: `make logs SERVICE={name}` says why" for name in stuck]
    if stopped := [name for name, part in parts.items() if not part["ready"] and not part["pids"]]:
        lines += [line for name in stopped for line in _last_wrote(name)]
        number = count(len(stopped), "part does", "parts do")
        lines.append(f"{number} not run: `make up` starts what is missing")
    return lines + list(_parked(status, token))


def _parked(status: StackStatus, token: str | None) -> Iterator[str]:
    ready = {name: part["url"] or "" for name, part in status["services"].items() if part["ready"]}
    if not ready or token is None:
        return
    asked = [ServiceCalls(name, url, token, patience=_SECONDS) for name, url in ready.items()]
    try:
        answers = ask_each(asked, lambda service: list(service.items("/ops/v1/parked-causes")))
    except CommandFailed:
        yield "parked events: no answer from any service"
        return
    yield from _waiting(answers)
    if answers.failures:
        yield f"parked events: no answer from {listed(list(answers.failures))}"


def _waiting(answers: Answers[list[Json]]) -> Iterator[str]:
    for name, causes in answers.by_service.items():
        for what, command in stuck(causes):
            yield f"{name}: {what}: `{command}`"


def _last_wrote(name: str) -> Iterator[str]:
    """Of a part that does not run: since when, as far as its log says."""
    with suppress(OSError):
        written = datetime.fromtimestamp(log_file(default_state_dir(), name).stat().st_mtime, UTC)
        yield f"{name} stopped, last wrote {since(written.isoformat())}: `koppel logs {name}`"
