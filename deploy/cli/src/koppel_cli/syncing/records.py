"""`koppel records`."""

import json
from itertools import islice
from typing import Annotated

import typer

from koppel_cli.lists import Columns, show_items
from koppel_cli.options import Administration, AsJson, Limit
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import say

_WIDE = 60
_COLUMNS: Columns = {
    "RESOURCE": "resource",
    "EXTERNAL ID": "external_id",
    "REVISION": "revision",
    "CHANGED": "changed_at",
    "DELETED": lambda it: "yes" if it["deleted"] else None,
    "DATA": lambda it: json.dumps(it["data"], ensure_ascii=False)[:_WIDE],
}


def list_records(
    administration: Administration,
    *,
    resource: Annotated[str | None, typer.Option(metavar="NAME", help="Those, e.g. contact.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> int:
    """What is kept of an administration; JSON has each record whole, and as the provider gave it."""
    service = service_for_organisation("sync-svc")
    path = f"/v1/administrations/{administration}/records"
    found = list(islice(service.items(path, {"resource": resource}), limit + 1))
    show_items(found[:limit], _COLUMNS, none="no records", as_json=as_json)
    if len(found) > limit:
        say(f"the first {limit}; there are more: --limit N shows as many")
    return 0
