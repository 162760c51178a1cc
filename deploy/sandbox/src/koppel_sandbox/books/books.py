"""The books of a world's companies: their collections, made when asked for, and the changes ordered in them."""

import random
from collections.abc import Mapping
from typing import Generic

from koppel_sandbox.books.changes import Alteration, Altered, ChangeOrder
from koppel_sandbox.books.chunks import ChunkStore
from koppel_sandbox.books.collection import Collection, K
from koppel_sandbox.control.fields import InputError
from koppel_sandbox.instants import Clock, StrictlyIncreasing
from koppel_sandbox.story.company import Company


class Books(Generic[K]):
    """`kinds` and `companies` by name and id. Changes get times that strictly increase."""

    def __init__(
        self, seed: int, companies: Mapping[str, Company], kinds: Mapping[str, K], clock: Clock
    ) -> None:
        self.time = StrictlyIncreasing(clock)
        self.companies = companies
        self._seed = seed
        self._kinds = kinds
        self._store = ChunkStore()
        self._collections: dict[tuple[str, str], Collection[K]] = {}
        self._revision = 0

    def collection(self, company_id: str, name: str) -> Collection[K]:
        """Raises KeyError when the company or the collection does not exist."""
        key = (company_id, name)
        if key not in self._collections:
            self._collections[key] = Collection(self._kinds[name], self.companies[company_id], self._store)
        return self._collections[key]

    def plan(self, company_id: str, order: ChangeOrder) -> Alteration:
        """Picks the objects to touch, each at most once. Raises InputError when there are too few."""
        name, change, add, remove = order
        collection = self.collection(company_id, name)
        if change + remove > len(collection):
            raise InputError(f"{name} holds {len(collection)} objects, {change + remove} were asked for")
        revision = self._revision + 1
        chooser = random.Random(f"{self._seed}/{company_id}/{name}/{revision}")  # noqa: S311
        picked = chooser.sample(collection.indexes, change + remove)
        instant = self.time.now() + 1
        changed, removed = sorted(picked[:change]), sorted(picked[change:])  # neighbours share a chunk
        return Alteration(company_id, name, changed, removed, add, instant, revision)

    def apply(self, plan: Alteration) -> Altered:
        collection = self.collection(plan.company_id, plan.collection)
        self._revision = plan.revision
        self.time.latest = max(self.time.latest, plan.first_instant - 1)
        instant = plan.first_instant
        changed = []
        for index in plan.changed:
            changed.append(collection.change(index, instant, plan.revision))
            instant += 1
        added = []
        for _ in range(plan.added):
            added.append(collection.add(instant))
            instant += 1
        removed = collection.remove(plan.removed) if plan.removed else []
        self.time.latest = max(self.time.latest, instant - 1)
        return Altered(changed, added, removed)

    def truth(self, company_id: str, name: str, offset: int, limit: int | None) -> bytes:
        """`{"items": […], "total"}`, the very bytes that the API serves."""
        held = self.collection(company_id, name)
        items = held.joined(held.indexes[offset : None if limit is None else offset + limit])
        return b"".join((b'{"items":[', items, b'],"total":', str(len(held)).encode(), b"}"))
