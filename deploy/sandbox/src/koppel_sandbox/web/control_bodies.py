"""What the control calls ask for, read from their bodies."""

from dataclasses import asdict, replace
from typing import NamedTuple

from koppel_sandbox import faults
from koppel_sandbox.books.catalogue import KINDS, SETTINGS
from koppel_sandbox.faults import Match
from koppel_sandbox.settings import Client, Settings, Sizes
from koppel_sandbox.shapes import JsonObject
from koppel_sandbox.web.control_input import Fields, InputError

_MOST_OBJECTS = 1_000_000
_MOST_COMPANIES = 20_000


def read_settings(fields: Fields, defaults: Settings) -> Settings:
    """A reset's settings: what is not given is as it was when the sandbox started."""
    sizes = fields.nested("sizes")
    given = {
        name: sizes.whole(name, default, high=20 if name == "fiscalyears" else _MOST_OBJECTS)
        for name, default in asdict(defaults.sizes).items()
    }
    sizes.end()
    if given["accounts"] and not given["fiscalyears"]:
        raise InputError("sizes.accounts need sizes.fiscalyears of 1 or more")
    for invoices, party in (("customerinvoices", "customers"), ("supplierinvoices", "suppliers")):
        if given[invoices] and not given[party]:
            raise InputError(f"sizes.{invoices} need sizes.{party} of 1 or more")
    settings = replace(
        defaults,
        seed=fields.whole("seed", defaults.seed),
        companies=fields.whole("companies", defaults.companies, low=1, high=_MOST_COMPANIES),
        sizes=Sizes(**given),
        clients=_clients(fields.items("clients"), defaults.clients),
        rotate_refresh_tokens=fields.flag("rotate_refresh_tokens", defaults.rotate_refresh_tokens),
        access_token_seconds=fields.whole("access_token_seconds", defaults.access_token_seconds, low=1),
        rate_limit_per_minute=fields.whole("rate_limit_per_minute", defaults.rate_limit_per_minute),
    )
    fields.end()
    return settings


def _clients(given: list[object] | None, defaults: tuple[Client, ...]) -> tuple[Client, ...]:
    if given is None:
        return defaults
    clients = []
    for each in given:
        fields = Fields(each, "clients")
        uris = fields.items("redirect_uris") or []
        if not all(isinstance(uri, str) for uri in uris):
            raise InputError("redirect_uris must be a list of texts")
        client = Client(
            fields.text("client_id", "") or _required("client_id"),
            fields.text("client_secret", "") or _required("client_secret"),
            tuple(map(str, uris)),
        )
        fields.end()
        clients.append(client)
    if not clients:
        raise InputError("clients must hold one or more")
    return tuple(clients)


def _required(name: str) -> str:
    raise InputError(f"{name} is required")


class ChangeOrder(NamedTuple):
    collection: str
    change: int
    add: int
    remove: int


def read_change(fields: Fields) -> ChangeOrder:
    collection = fields.choice("collection", KINDS)
    counts = [fields.whole(name, 0, high=_MOST_OBJECTS) for name in ("change", "add", "remove")]
    fields.end()
    if not any(counts):
        raise InputError("one of change, add and remove must be 1 or more")
    if collection == SETTINGS and any(counts[1:]):
        raise InputError("companysettings can only be changed")
    return ChangeOrder(collection, *counts)


class FaultOrder(NamedTuple):
    kind: str
    match: Match
    times: int | None
    details: JsonObject


def read_fault(fields: Fields) -> FaultOrder:
    kind = fields.choice("kind", faults.KINDS)
    times = fields.whole("times", None, low=1)
    details = _fault_details(kind, fields)
    match = fields.nested("match")
    method, path = match.text("method", None), match.text("path", None)
    company_id = match.text("company_id", None)
    match.end()
    fields.end()
    if path is not None and not path.startswith("/"):
        raise InputError("match.path must begin with /")
    return FaultOrder(kind, Match(method.upper() if method else None, path, company_id), times, details)


def _fault_details(kind: str, fields: Fields) -> JsonObject:
    if kind == faults.STATUS:
        status = fields.whole("status", None, low=200, high=599)
        if status is None:
            raise InputError("status is required for this kind")
        details: JsonObject = {"status": status, "body": fields.anything("body")}
        details["retry_after"] = fields.whole("retry_after", None)
        return {name: value for name, value in details.items() if value is not None}
    if kind == faults.DELAY:
        return {"seconds": fields.number("seconds", low=0, high=600)}
    if kind == faults.TRUNCATE_LISTING:
        return {"hide_total": fields.flag("hide_total", default=False)}
    return {}
