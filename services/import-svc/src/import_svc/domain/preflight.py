"""What is known before an import of whether a company can be read whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from import_svc.domain.candidate import Candidate
from import_svc.domain.trade_register import RegistryStatus
from koppel.contracts.values import WhoMustAct


@dataclass(frozen=True, slots=True)
class Check:
    """One question; where it is not `ok`, who can mend it."""

    check: str
    ok: bool
    detail: str
    who_must_act: WhoMustAct | None = None


def preflight(candidate: Candidate) -> tuple[Check, ...]:
    """Every check that can be made of it, those that are fine as well."""
    return tuple(_checks(candidate))


def _checks(candidate: Candidate) -> Iterator[Check]:
    closed = candidate.closed
    yield _check("company_readable", "Its books can be read.", None if closed is None else closed.message)
    dead = "The login that found it does not work any more; log in again."
    yield _check("login_works", "The login that found it works.", None if candidate.login_works else dead)
    if candidate.registry is not None and candidate.registry.status is not RegistryStatus.UNAVAILABLE:
        yield _check("registered", "The trade register knows its KvK number.", _unregistered(candidate))


def _unregistered(candidate: Candidate) -> str | None:
    status = None if candidate.registry is None else candidate.registry.status
    if status is RegistryStatus.NOT_FOUND:
        return "The trade register knows nobody with its KvK number."
    return "Its registration in the trade register has ended." if status is RegistryStatus.ENDED else None


def _check(name: str, fine: str, wrong: str | None) -> Check:
    return (
        Check(name, ok=True, detail=fine) if wrong is None else Check(name, False, wrong, WhoMustAct.CUSTOMER)
    )
