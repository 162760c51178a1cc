"""The property names of eAccounting's models, with the value each has when nobody filled it in.

`shapes.json` follows the OpenAPI document of the eAccounting API v2 (public copy: GitHub
`api-evangelist/visma`, `openapi/visma-eaccounting-api-openapi.json`): every property of a model, in its order;
null where the document allows null, else the empty value of its type.
"""

import json
from importlib import resources

from koppel_sandbox.documents import JsonObject

SHAPES: dict[str, JsonObject] = json.loads(
    resources.files("koppel_sandbox.providers.eaccounting")
    .joinpath("shapes.json")
    .read_text(encoding="utf-8")
)


def shaped(model: str, **values: object) -> JsonObject:
    """An object of `model` with every property present. Raises KeyError for a name that the model lacks."""
    shape = SHAPES[model]
    whole = shape | values
    if len(whole) != len(shape):
        raise KeyError(f"{model} has no property {', '.join(values.keys() - shape.keys())}")
    return whole
