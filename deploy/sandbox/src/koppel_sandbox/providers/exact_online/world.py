"""Exact's world: its users, the divisions that they reach in each country, and the divisions' books."""

from dataclasses import dataclass, field, replace
from itertools import count

from koppel_sandbox.books.books import Books
from koppel_sandbox.books.changes import Alteration, Altered, ChangeOrder
from koppel_sandbox.control.fields import InputError
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import Clock
from koppel_sandbox.providers.exact_online.books import lines
from koppel_sandbox.providers.exact_online.books.catalogue import KINDS, Kind
from koppel_sandbox.providers.exact_online.books.divisions import ABROAD, DIVISIONS, in_state
from koppel_sandbox.providers.exact_online.deleted import Removals, Removed
from koppel_sandbox.providers.exact_online.settings import STATES, Settings
from koppel_sandbox.providers.exact_online.values import division_code, odata_date
from koppel_sandbox.story.company import Company, registered
from koppel_sandbox.story.draw import guid

MOVES = "DivisionMoves"
REGIONS = ("nl", "be")
_BELGIAN = 2
_LIKE_DEMO, _LONGEST_NAME = "demo-", 60
_FIRST_TIMESTAMP = 2**53  # and above: who reads them as fractions loses the last digits
_A_MOVE = 10**15


@dataclass(frozen=True, slots=True)
class User:
    """`divisions` by region. Some may not list what they reach; a blocked one may do nothing."""

    id: str
    username: str
    password: str = field(repr=False)
    divisions: dict[str, tuple[str, ...]]
    is_blocked: bool = False
    may_list: bool = True


def _users(seed: int, dutch: tuple[str, ...], belgian: tuple[str, ...]) -> dict[str, User]:
    def user(name: str, reaches: tuple[str, ...], *, is_blocked: bool = False, may_list: bool = True) -> User:
        places = {"nl": reaches, "be": belgian}
        return User(guid(f"{seed}/exact/user/{name}"), name, name, places, is_blocked, may_list)

    users = (
        user("demo", dutch),
        user("anna", dutch[:2]),
        user("bram", dutch[:3]),
        user("carla", dutch[1:] or dutch),
        user("hugo", dutch[:1], may_list=False),
        user("wim", dutch[:1], is_blocked=True),
    )
    return {user.username: user for user in users}


class World:
    """Everything that a reset makes anew, except logins."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        dutch = self._companies(range(settings.companies))
        belgian = self._companies(range(ABROAD, ABROAD + _BELGIAN))
        self.divisions = {"nl": list(dutch), "be": list(belgian)}
        self.books: Books[Kind] = Books(settings.seed, dutch | belgian, KINDS, clock)
        self.users = _users(settings.seed, tuple(dutch), tuple(belgian))
        self._dutch = dutch
        self._states = _states(settings, list(dutch))
        self._moves: dict[str, list[int]] = {}
        self._removals = Removals()

    def _companies(self, numbers: range) -> dict[str, Company]:
        seed, sizes = self.settings.seed, self.settings.sizes
        made = (Company.of(seed, number, sizes) for number in numbers)
        return {str(division_code(company)): company for company in made}

    def person(self, username: str) -> User | None:
        """Whoever is called `demo-…` is somebody else with the reach of `demo`: a person has one chain of tokens only."""
        known = self.users.get(username)
        if known is None and username.startswith(_LIKE_DEMO) and len(username) <= _LONGEST_NAME:
            identity = guid(f"{self.settings.seed}/exact/user/{username}")
            return User(identity, username, username, self.users["demo"].divisions)
        return known

    def user(self, username: str) -> User:
        """The person behind a chain. Raises KeyError for one that there is not."""
        known = self.person(username)
        if known is None:
            raise KeyError(username)
        return known

    def registered(self) -> list[Company]:
        return registered(self._dutch.values(), gaps=self.settings.registry_gaps)

    def has(self, division: str) -> bool:
        return division in self.books.companies

    def describe(self, division: str) -> JsonObject:
        """The division as the list of divisions tells it."""
        body = self.books.collection(division, DIVISIONS).body(0)
        for state in self._states.get(division, ()):
            in_state(body, state)
        moves = self._moves.get(division)
        if moves:
            body["DivisionMoveDate"] = odata_date(moves[-1])
        return body

    def moves(self, division: str) -> list[JsonObject]:
        return [{"DivisionMoveDate": odata_date(instant)} for instant in self._moves.get(division, ())]

    def timestamp(self, division: str, instant: int) -> int:
        """The `Timestamp` of what was changed at `instant`; a move makes all of them anew."""
        return _FIRST_TIMESTAMP + instant - _A_MOVE * len(self._moves.get(division, ()))

    def removed(self, division: str) -> list[Removed]:
        return self._removals.of(division, self._clock())

    def plan(self, division: str, order: ChangeOrder) -> Alteration:
        """Raises InputError for what cannot be changed so."""
        name = DIVISIONS if order.collection == MOVES else order.collection
        if name not in KINDS:
            raise InputError(f"{name} can only be read")
        if name == DIVISIONS and (order.add or (order.collection == MOVES and order.remove)):
            raise InputError(f"{order.collection} can only be changed")
        if name == lines.LINES and order.add:
            raise InputError("lines come with their entries: add to SalesEntries or GeneralJournalEntries")
        if name == lines.LINES and order.remove:
            return self._plan_of_lines(division, order)
        plan = self.books.plan(division, order._replace(collection=name))
        return replace(plan, collection=order.collection)

    def _plan_of_lines(self, division: str, order: ChangeOrder) -> Alteration:
        """Only memorials lose single lines: those of the last ones, from the last line on."""
        held = self.books.collection(division, lines.LINES)
        plan = self.books.plan(division, order._replace(remove=0))
        free = [
            index for index in held.indexes
            if index not in set(plan.changed) and lines.place_of(held.company, index).kind == lines.MEMORIALS
        ]  # fmt: skip
        if len(free) < order.remove:
            raise InputError(f"memorials have {len(free)} lines, {order.remove} were asked for")
        return replace(plan, removed=free[len(free) - order.remove :])

    def apply(self, plan: Alteration) -> Altered:
        division = plan.company_id
        if plan.collection == MOVES:
            self._moves.setdefault(division, []).append(plan.first_instant)
            self._removals.forget(division)
            self.books.time.latest = max(self.books.time.latest, plan.first_instant)
            return Altered([division], [], [])
        if plan.collection == DIVISIONS and plan.removed:
            self._states[division] = (*self._states.get(division, ()), "archived")
            return Altered([], [], [division])
        done = self.books.apply(plan)
        if plan.collection in lines.LINES_OF:
            self._book(plan, done)
        self._remember(division, KINDS[plan.collection], done.removed)
        return done

    def _book(self, plan: Alteration, done: Altered) -> None:
        """The lines of the entries that were changed, added and removed."""
        entries = self.books.collection(plan.company_id, plan.collection)
        ledger = self.books.collection(plan.company_id, lines.LINES)
        company, kind = entries.company, plan.collection
        instants = count(self.books.time.latest + 1)
        for place in _places(kind, plan.changed):
            held = ledger.find(lines.line_id(company, place))
            if held is not None and kind == lines.MEMORIALS:
                ledger.change(held, next(instants), plan.revision)
            elif held is not None and place.number == 0:
                ledger.touch(held, next(instants))
        added = range(entries.following - len(done.added), entries.following)
        for place in _places(kind, added):
            ledger.add(next(instants), lines.line_at(company, place, ledger.following))
        gone = (ledger.find(lines.line_id(company, place)) for place in _places(kind, plan.removed))
        leaving = [index for index in gone if index is not None]
        self.books.time.latest = next(instants)
        if leaving:
            self._remember(plan.company_id, ledger.kind, ledger.remove(leaving))

    def _remember(self, division: str, kind: Kind, keys: list[str]) -> None:
        if kind.entity_type is None:
            return
        for key in keys:
            self.books.time.latest += 1
            self._removals.add(Removed(division, key, kind.entity_type, self.books.time.latest))


def _places(kind: str, entries: list[int] | range) -> list[lines.Place]:
    return [lines.Place(kind, entry, number) for entry in entries for number in range(lines.LINES_OF[kind])]


def _states(settings: Settings, dutch: list[str]) -> dict[str, tuple[str, ...]]:
    """The last divisions have the states that were asked for, one each; for what is asked beyond them there is none."""
    wanted = [state for state in STATES for _ in range(getattr(settings, state))][: len(dutch)]
    last = dutch[len(dutch) - len(wanted) :]
    return {division: (state,) for division, state in zip(last, wanted, strict=True)}
