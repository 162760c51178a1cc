"""`koppel users`, `divisions` and `templates`: an office's directory, which assignments name."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.lists import Columns, OrganisationList, show_items, show_one, show_organisation_list
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation

_SERVICE = "assignment-svc"
_Id = Annotated[UUID, typer.Argument(metavar="ID", help="Yours to choose when it is new.")]
_Name = Annotated[str, typer.Option(metavar="TEXT")]
_ROLES = (
    "beheerder, team_leader, user_plus, user, document_reviewer, reviewer, portal_invoice_user, submitter_plus or "
    "submitter"
)
_USERS: Columns = {"ID": "id", "ROLE": "role", "NAME": "name", "EMAIL": "email"}
_ENTRIES: Columns = {"ID": "id", "NAME": "name"}
_SEEN: Columns = {"ADMINISTRATION": "administration_id", "RULE": "rule", "NAME": "name"}


def register(koppel: typer.Typer) -> None:
    users = _group(koppel, "users", "The office's people.", _USERS)
    users.command("put", epilog=examples("koppel users put ID --name Jo --email jo@office.nl --role user"))(
        _put_user
    )
    users.command("administrations", epilog=examples("koppel users administrations ID"))(_administrations)
    for name, told in (("divisions", "The office's divisions."), ("templates", "Templates of work.")):
        group = _group(koppel, name, told, _ENTRIES)
        group.command("put", epilog=examples(f"koppel {name} put ID --name Audit"))(_putting(name))


def _group(koppel: typer.Typer, name: str, told: str, columns: Columns) -> typer.Typer:
    """With `list` and `delete`, which all three have."""
    group = typer.Typer(cls=Listing, help=told, epilog=examples(f"koppel {name} --json", environment=True))
    koppel.add_typer(group, name=name, rich_help_panel=FOR_AN_ORGANISATION)
    listed = OrganisationList(service=_SERVICE, name=name, columns=columns, none=f"no {name}")

    def list_all(*, as_json: AsJson = False) -> int:
        """All of them."""
        return show_organisation_list(listed, {}, as_json=as_json)

    def show(entry: _Id, *, as_json: AsJson = False) -> int:
        """One of them."""
        found = service_for_organisation(_SERVICE).get(f"/v1/{name}/{entry}")
        return show_one(found, columns, as_json=as_json)

    def delete(entry: _Id) -> int:
        """Remove one; nothing is assigned to it from then on."""
        service_for_organisation(_SERVICE).delete(f"/v1/{name}/{entry}")
        print(f"deleted: {entry}")
        return 0

    group.command("list", epilog=examples(f"koppel {name} list"))(list_all)
    group.command("show", epilog=examples(f"koppel {name} show ID"))(show)
    group.command("delete", epilog=examples(f"koppel {name} delete ID"))(delete)
    return group


def _putting(name: str) -> Callable[..., int]:
    def put(
        entry: _Id, *, name_: Annotated[str, typer.Option("--name", metavar="TEXT")], as_json: AsJson = False
    ) -> int:
        """Make one, or rename it."""
        made = service_for_organisation(_SERVICE).put(f"/v1/{name}/{entry}", {"name": name_})
        return show_one(made, _ENTRIES, as_json=as_json)

    return put


def _put_user(
    user: _Id,
    *,
    name: _Name,
    email: Annotated[str, typer.Option(metavar="ADDRESS")],
    role: Annotated[str, typer.Option(metavar="ROLE", help=f"{_ROLES}.")],
    as_json: AsJson = False,
) -> int:
    """Make a user, or change one."""
    body = {"name": name, "email": email, "role": role}
    made = service_for_organisation(_SERVICE).put(f"/v1/users/{user}", body)
    return show_one(made, _USERS, as_json=as_json)


def _administrations(
    user: Annotated[UUID, typer.Argument(metavar="ID")],
    *,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="Those with this name.")] = None,
    as_json: AsJson = False,
) -> int:
    """What a user sees, and by which rule."""
    service = service_for_organisation(_SERVICE)
    found = list(service.items(f"/v1/users/{user}/administrations", {"name": name}))
    show_items(found, _SEEN, none="sees no administrations", as_json=as_json)
    return 0
