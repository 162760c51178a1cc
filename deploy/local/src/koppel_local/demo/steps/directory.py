"""The office's directory."""

from koppel_local.demo.failure import require
from koppel_local.demo.stage import Stage, step


@step(
    "An accountancy office joins",
    expects="2 beheerders, 2 other users, 2 divisions and 1 template are in its directory",
)
def set_up_organisation(stage: Stage) -> None:
    organisation, api = stage.organisation, stage.assignments
    stage.connections.put("/v1/organisation", {"name": organisation.name})
    for user in organisation.employees:
        api.put(f"/v1/users/{user.id}", {"name": user.name, "email": user.email, "role": user.role})
    for collection, entries in (("divisions", organisation.divisions), ("templates", organisation.templates)):
        for entry in entries:
            api.put(f"/v1/{collection}/{entry.id}", {"name": entry.name})
    roles = sorted(item["role"] for item in api.items("/v1/users"))
    require(roles == sorted(user.role for user in organisation.employees), "4 users", roles)
    for collection, wanted in (("divisions", 2), ("templates", 1)):
        names = [item["name"] for item in api.items(f"/v1/{collection}")]
        require(len(names) == wanted, f"{wanted} {collection}", names)
    stage.note(
        f"{organisation.name}: " + ", ".join(f"{user.name} ({user.role})" for user in organisation.employees)
    )
