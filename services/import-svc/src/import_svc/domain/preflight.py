"""What is known before an import of whether a company can be read whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from import_svc.domain.candidate import Candidate
from import_svc.domain.company_check import PROBED, Finding
from import_svc.domain.trade_register import RegistryStatus
from koppel.contracts.values import WhoMustAct

_FINE = {
    "setup_complete": "Its set-up at the provider is finished.",
    "modules": "Its edition has the parts that are read.",
    "fiscal_year": "It has a fiscal year.",
    "rights": "The login may see what is read.",
}


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
    found = {each.check: each for each in candidate.findings or ()}
    yield _readable(candidate, found.get("company_readable"))
    dead = "The login that found it does not work any more; log in again."
    yield _check("login_works", "The login that found it works.", None if candidate.login_works else dead)
    yield from _scopes(candidate, found.get("scopes"))
    if candidate.findings is not None:
        yield from (_found(name, _FINE[name], found.get(name)) for name in PROBED)
    if candidate.registry is not None and candidate.registry.status is not RegistryStatus.UNAVAILABLE:
        yield _check("registered", "The trade register knows its KvK number.", _unregistered(candidate))


def _readable(candidate: Candidate, finding: Finding | None) -> Check:
    closed = candidate.closed
    if closed is not None:
        return _check("company_readable", "", closed.message)
    return _found("company_readable", "Its books can be read.", finding)


def _scopes(candidate: Candidate, finding: Finding | None) -> Iterator[Check]:
    missing = candidate.missing_scopes
    if missing:
        names = ", ".join(missing)
        yield _check(
            "scopes", "", f"The login did not allow {names}; log in again and agree to all that is asked."
        )
    elif missing is not None or finding is not None:
        yield _found("scopes", "The login allows all that is asked.", finding)


def _found(name: str, fine: str, finding: Finding | None) -> Check:
    return (
        Check(name, True, fine)
        if finding is None
        else Check(name, False, finding.detail, finding.who_must_act)
    )


def _unregistered(candidate: Candidate) -> str | None:
    status = None if candidate.registry is None else candidate.registry.status
    if status is RegistryStatus.NOT_FOUND:
        return "The trade register knows nobody with its KvK number."
    return "Its registration in the trade register has ended." if status is RegistryStatus.ENDED else None


def _check(name: str, fine: str, wrong: str | None) -> Check:
    return (
        Check(name, ok=True, detail=fine) if wrong is None else Check(name, False, wrong, WhoMustAct.CUSTOMER)
    )
