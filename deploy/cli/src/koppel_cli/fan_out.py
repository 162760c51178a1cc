"""One question to several services: what was answered, and who did not answer."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from koppel_cli.failure import CommandFailed
from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.output import complain, say
from koppel_cli.places import SERVICES
from koppel_cli.wording import listed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """Answers and failures by service, both in the order of asking. There is at least one answer."""

    by_service: dict[str, T]
    failures: dict[str, CommandFailed]

    @property
    def asked(self) -> str:
        """The names of those that answered: no more is known than what they say."""
        return listed(list(self.by_service))

    def missing(self, what: str) -> str:
        """That none of those that answered knows it, and who did not answer."""
        silent = f"; no answer from {listed(list(self.failures))}" if self.failures else ""
        return f"There is no {what} at {self.asked}{silent}."

    def end(self, *, as_json: bool) -> int:
        """Say who did not answer, last of all. The exit code is 1 when somebody did not: something is missing."""
        for name, failure in self.failures.items():
            if not as_json:
                print(f"{name}: no answer")
            complain(failure)
        return 1 if self.failures else 0


def ask_each(services: Sequence[ServiceCalls], question: Callable[[ServiceCalls], T]) -> Answers[T]:
    """Ask all at once, so that one that hangs delays no other. Raises the first failure when nobody answers."""
    with ThreadPoolExecutor(len(services), thread_name_prefix="ask") as pool:
        outcomes = list(pool.map(lambda service: _outcome(question, service), services))
    told = list(zip((service.name for service in services), outcomes, strict=True))
    answers = {name: outcome[0] for name, outcome in told if not isinstance(outcome, CommandFailed)}
    failures = {name: outcome for name, outcome in told if isinstance(outcome, CommandFailed)}
    if not answers:
        raise next(iter(failures.values()))
    return Answers(answers, failures)


def find(
    services: Sequence[ServiceCalls], path: str, *, what: str, code: str, hint: str
) -> tuple[ServiceCalls, Json]:
    """The service that knows what is at `path`, and its answer.

    Raises `CommandFailed` with `code` when none of those that answer knows it, and names them.
    """
    answers = ask_each(services, lambda service: service.get_or_none(path))
    for service in services:
        if (found := answers.by_service.get(service.name)) is not None:
            return service, found
    raise CommandFailed(code, answers.missing(what), hint=hint)


def end_list(answers: Answers[T], *, service: str | None, as_json: bool) -> int:
    """The end of a list of all services, which also says whose address is not known."""
    known = {*answers.by_service, *answers.failures}
    unknown = [name for name in SERVICES if name not in known]
    if service is None and unknown:
        say(f"not asked, no address is known: {listed(unknown)}")
    return answers.end(as_json=as_json)


def flat(lists: Iterable[Iterable[Json]]) -> list[Json]:
    """The items of several services' lists."""
    return [item for items in lists for item in items]


def _outcome(question: Callable[[ServiceCalls], T], service: ServiceCalls) -> tuple[T] | CommandFailed:
    try:
        return (question(service),)
    except CommandFailed as failure:
        return failure
