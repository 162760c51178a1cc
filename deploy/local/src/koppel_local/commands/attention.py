"""What of the local stack needs somebody, in lines of at most 78 columns, with the command that says more or helps."""

from collections.abc import Iterator

import httpx

from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import Answers, ask_each
from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.wording import count, listed, since
from koppel_local.stack.status import StackStatus

_PATIENCE = httpx.Timeout(5.0)


def needs(status: StackStatus, token: str | None) -> list[str]:
    """One line a matter; none when all is well. Only services that are ready are asked what they have parked."""
    parts = {"postgres": status["postgres"], "kafka": status["kafka"], **status["services"]}
    parts |= {"sandbox": status["sandbox"], "identity": status["identity"], "console": status["console"]}
    if not any(part["pids"] or part["ready"] for part in parts.values()):
        return ["nothing runs: `make up` starts it"]
    stuck = [name for name, part in parts.items() if not part["ready"] and part["pids"]]
    lines = [f"{name} is not ready: `make logs SERVICE={name}` says why" for name in stuck]
    if stopped := sum(not part["ready"] and not part["pids"] for part in parts.values()):
        lines.append(f"{count(stopped, 'part does', 'parts do')} not run: `make up` starts what is missing")
    return lines + list(_parked(status, token))


def _parked(status: StackStatus, token: str | None) -> Iterator[str]:
    ready = {name: part["url"] or "" for name, part in status["services"].items() if part["ready"]}
    if not ready or token is None:
        return
    asked = [ServiceCalls(name, url, token, patience=_PATIENCE) for name, url in ready.items()]
    try:
        answers = ask_each(asked, lambda service: list(service.items("/ops/v1/parked-causes")))
    except CommandFailed:
        yield "parked events: no answer from any service"
        return
    yield from _waiting(answers)
    if answers.failures:
        yield f"parked events: no answer from {listed(list(answers.failures))}"


def _waiting(answers: Answers[list[Json]]) -> Iterator[str]:
    """Events that will be retried without anybody are not counted."""
    for name, causes in answers.by_service.items():
        stuck = [cause for cause in causes if cause["events"] > cause["due_by_themselves"]]
        if stuck:
            number = sum(cause["events"] - cause["due_by_themselves"] for cause in stuck)
            oldest = since(min(cause["oldest_parked_at"] for cause in stuck))
            yield f"{name}: {count(number, 'parked event')}, oldest {oldest}: `koppel parked causes`"
