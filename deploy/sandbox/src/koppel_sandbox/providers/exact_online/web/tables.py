"""What can be listed: the collections of a division, what was removed there, and what a login reaches."""

from collections.abc import Iterator, Mapping, Sequence

import orjson

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import parse
from koppel_sandbox.providers.exact_online.books.catalogue import KINDS, Kind
from koppel_sandbox.providers.exact_online.books.divisions import DIVISIONS
from koppel_sandbox.providers.exact_online.deleted import DELETED
from koppel_sandbox.providers.exact_online.errors import ApiError
from koppel_sandbox.providers.exact_online.oauth.chains import Chain
from koppel_sandbox.providers.exact_online.odata.listing import Table
from koppel_sandbox.providers.exact_online.shapes import SHAPES
from koppel_sandbox.providers.exact_online.state import State
from koppel_sandbox.providers.exact_online.values import odata_date
from koppel_sandbox.providers.exact_online.world import MOVES


def of_division(state: State, division: str, kind: Kind, address: str, *, is_feed: bool) -> Table:
    world = state.world
    held = world.books.collection(division, kind.name)
    changed = held.changed_at

    def bodies(places: Sequence[int]) -> Iterator[JsonObject]:
        return map(orjson.loads, held.read(places))

    return Table(
        type=kind.type,
        address=address,
        key=kind.key,
        names=kind.names,
        places=held.indexes,
        bodies=bodies,
        timestamp=(lambda place: world.timestamp(division, changed[place])) if is_feed else None,
        find=held.find,
        nested=kind.nested,
    )


def of_removed(state: State, division: str, address: str) -> Table:
    removed = state.world.removed(division)
    return Table(
        type="Exact.Web.Api.Models.Sync.Deleted",
        address=address,
        key="ID",
        names=SHAPES["Deleted"],
        places=range(len(removed)),
        bodies=lambda places: (removed[place].as_json() for place in places),
        timestamp=lambda place: state.world.timestamp(division, removed[place].instant),
    )


def of_divisions(state: State, chain: Chain, address: str, *, licence_of: str | None = None) -> Table:
    """Over licences, or of one division's licence; what the consent left out is not there."""
    world = state.world
    reached = world.user(chain.username).divisions[chain.region]
    bodies = [world.describe(code) for code in reached if code not in chain.without]
    if licence_of is not None:
        own = next((each["Customer"] for each in bodies if str(each["Code"]) == licence_of), None)
        bodies = [each for each in bodies if each["Customer"] == own]
    return _of("Exact.Web.Api.System.Division", address, "Code", SHAPES["Division"], bodies)


def of_me(state: State, chain: Chain, address: str) -> Table:
    """The one who logged in, and the first division that the consent lets in."""
    user = state.world.user(chain.username)
    reached = user.divisions[chain.region]
    current = next((code for code in reached if code not in chain.without), reached[0])
    told = state.world.describe(current)
    me = dict.fromkeys(SHAPES["Me"]) | {
        "UserID": user.id,
        "UserName": user.username,
        "FullName": user.username.title(),
        "Email": f"{user.username}@kantoor.example",
        "CurrentDivision": int(current),
        "AccountingDivision": int(current),
        "DivisionCustomer": told["Customer"],
        "DivisionCustomerCode": told["CustomerCode"],
        "DivisionCustomerName": told["CustomerName"],
        "IsClientUser": False,
        "LanguageCode": "nl-NL",
        "ServerTime": odata_date(state.clock()),
        "ServerUtcOffset": 3600.0,
    }
    return _of("Exact.Web.Api.System.Me", address, "UserID", SHAPES["Me"], [me])


def of_sync_timestamp(state: State, division: str, query: Mapping[str, str], address: str) -> Table:
    """The `Timestamp` that belongs to a time."""
    try:
        instant = parse(query.get("modified", "").removeprefix("datetime").strip("'"))
    except ValueError:
        raise ApiError(400, "modified must be a datetime.") from None
    stamp = state.world.timestamp(division, instant)
    row: JsonObject = {
        "Modified": odata_date(instant),
        "API": query.get("endPoint"),
        "TimeStampAsBigInt": stamp,
    }
    return _of("Exact.Web.Api.Sync", address, "API", SHAPES["SyncTimestamp"], [row])


def of_subscriptions(state: State, division: str, address: str) -> Table:
    bodies = [each.as_json() for each in state.webhooks.of(division)]
    return _of(
        "Exact.Web.Api.Webhooks.WebhookSubscription", address, "ID", SHAPES["WebhookSubscription"], bodies
    )


def truth(state: State, division: str, name: str, offset: int, limit: int | None) -> bytes:
    """`{"items": […], "total"}`: the objects that the API serves, in full and in a feed with their `Timestamp`."""
    if name == DIVISIONS:
        table = _of(name, name, "Code", SHAPES["Division"], [state.world.describe(division)])
    elif name == MOVES:
        table = _of(name, name, "DivisionMoveDate", ["DivisionMoveDate"], state.world.moves(division))
    elif name == DELETED:
        table = of_removed(state, division, name)
    else:
        kind = KINDS[name]
        table = of_division(state, division, kind, name, is_feed=kind.feed is not None)
    places = table.places[offset : None if limit is None else offset + limit]
    return orjson.dumps({"items": list(table.wholes(places)), "total": len(table.places)})


def _of(type_: str, address: str, key: str, names: Sequence[str], bodies: Sequence[JsonObject]) -> Table:
    return Table(
        type_, address, key, names, range(len(bodies)), lambda places: (bodies[place] for place in places)
    )
