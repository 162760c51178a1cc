"""What an id can be at a service: told to `koppel find`, which asks all of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing, its own id or another that names it.

    `rows` is a statement with the id as `$1`, answered by an index; it selects `id`, `organisation_id` (null: nobody's)
    and what else `command` names in braces. `command` is what an operator types to see it.
    """

    name: str
    rows: str
    command: str
