"""The property names of Exact's entities, as far as the sandbox fills or names them; null is what nobody filled in.

`shapes.json` follows the doc comments of Exact's reference (public copy: GitHub `picqer/exact-php-client`).
`Timestamp` is not among them: it belongs to the feeds.
"""

import json
from importlib import resources

from koppel_sandbox.documents import JsonObject

SHAPES: dict[str, list[str]] = json.loads(
    resources.files("koppel_sandbox.providers.exact_online")
    .joinpath("shapes.json")
    .read_text(encoding="utf-8")
)


def shaped(model: str, **values: object) -> JsonObject:
    """An object of `model` with every property present. Raises KeyError for a name that the model lacks."""
    whole = dict.fromkeys(SHAPES[model]) | values
    if len(whole) != len(SHAPES[model]):
        raise KeyError(f"{model} has no property {', '.join(values.keys() - set(SHAPES[model]))}")
    return whole
