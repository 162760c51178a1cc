"""Who is assigned: by the default rule, then by a plan."""

from koppel_local.demo.api import Json
from koppel_local.demo.failure import require
from koppel_local.demo.stage import Stage, step
from koppel_local.demo.steps.importing import Administration


@step("The default rule", expects="each new administration is assigned to both beheerders at once")
def see_default_rule(stage: Stage, administrations: list[Administration]) -> None:
    wanted = sorted(str(administrator.id) for administrator in stage.organisation.administrators)
    for administration in administrations:
        seen = assignment(stage, administration)
        require(seen["rule"] == "default" and sorted(seen["user_ids"]) == wanted, "both beheerders", seen)
        names = ", ".join(map(stage.organisation.name_of, seen["user_ids"]))
        stage.note(f"{administration.name}: {names}")


@step(
    "One bulk plan: division, user and template for all three",
    expects="a preview that changes nothing, then all three changed together",
)
def assign_in_bulk(stage: Stage, session: str, administrations: list[Administration]) -> Json:
    organisation = stage.organisation
    user, division, template = organisation.others[0], organisation.divisions[0], organisation.templates[0]
    wish = {
        "division_id": str(division.id),
        "template_id": str(template.id),
        "users": {"mode": "add", "ids": [str(user.id)]},
    }
    plan = stage.assignments.post("/v1/assignment-plans", {"import_session_id": session, "set": wish})
    number = len(administrations)
    require(plan["summary"]["changed"] == number, f"{number} in the preview", plan["summary"])
    require(assignment(stage, administrations[0])["rule"] == "default", "nothing changed yet", "a change")
    stage.note(f"preview: {len(plan['changes'])} changes to {number} administrations")
    applied = stage.assignments.post(f"/v1/assignment-plans/{plan['id']}/apply", expected=200)
    outcomes = [each["outcome"] for each in applied["results"]]
    require(outcomes == ["changed"] * number, f"{number} changed", outcomes)
    _check_applied(stage, administrations)
    seen = list(stage.assignments.items(f"/v1/users/{user.id}/administrations"))
    require(len(seen) == number, f"{user.name} sees {number}", len(seen))
    stage.note(f"applied: {division.name}, {template.name}, and {user.name} sees all {number} now")
    return plan


def assignment(stage: Stage, administration: Administration) -> Json:
    """What an administration is assigned to now."""
    return stage.assignments.get(f"/v1/administrations/{administration.id}/assignment")


def _check_applied(stage: Stage, administrations: list[Administration]) -> None:
    organisation = stage.organisation
    people = sorted(str(each.id) for each in (*organisation.administrators, organisation.others[0]))
    for administration in administrations:
        seen = assignment(stage, administration)
        came = (seen["division_id"], seen["template_id"], sorted(seen["user_ids"]), seen["rule"])
        wanted = (str(organisation.divisions[0].id), str(organisation.templates[0].id), people, "plan")
        require(came == wanted, f"{administration.name} as planned", seen)
