"""What a bulk command may say, and what it means."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from assignment_svc.application.make_plan import Chosen, Everything, OfImport, Target
from assignment_svc.domain.plan import Setting, UsersChange, UsersMode, Wanted
from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.http import SCATTERED, RequestModel


class SetUsers(RequestModel):
    """`replace` without ids removes all users."""

    mode: UsersMode = Field(
        description="`add` to those who are assigned, `replace` them, or `remove` from them."
    )
    ids: Annotated[list[UUID], Field(max_length=1_000), SCATTERED] = Field(
        description="Users of the directory; one that is named twice counts once."
    )


class PlanSet(RequestModel):
    """What to set; an absent field stays as it is, null clears."""

    division_id: UUID | None = Field(
        default=None, description="The division to set; null: none; left out: as it is."
    )
    template_id: UUID | None = Field(
        default=None, description="The template to set; null: none; left out: as it is."
    )
    users: SetUsers | None = Field(
        default=None, description="What to do about users; null or left out: they stay as they are."
    )


class MakePlan(RequestModel):
    """Either `administration_ids` or `import_session_id`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "administration_ids": "all",
                    "set": {
                        "division_id": "0198c0de-0000-7000-8000-000000000007",
                        "users": {"mode": "add", "ids": ["0198c0de-0000-7000-8000-000000000002"]},
                    },
                }
            ]
        }
    )

    administration_ids: Literal["all"] | Annotated[list[UUID], SCATTERED] | None = Field(
        default=None,
        description="`all` of the organisation, or those of these ids; left out where `import_session_id` is given.",
    )
    import_session_id: UUID | None = Field(
        default=None,
        description="All administrations of this import session; left out where `administration_ids` is given.",
    )
    set: PlanSet = Field(description="What to set for each of them.")

    def target(self) -> Target:
        """Raises `InvalidInput` (`plan_target_missing`, `plan_target_ambiguous`)."""
        match self.administration_ids, self.import_session_id:
            case None, None:
                raise _target("plan_target_missing", "Say which administrations.")
            case None, UUID() as session_id:
                return OfImport(session_id)
            case "all", None:
                return Everything()
            case list() as ids, None:
                if not ids:
                    raise _target("plan_target_missing", "Say which administrations.")
                return Chosen(tuple(ids))
            case _:
                raise _target("plan_target_ambiguous", "Give administrations or an import session, not both.")

    def wanted(self) -> Wanted:
        """Raises `InvalidInput` (`plan_set_empty`)."""
        given = self.set.model_fields_set
        users = self.set.users
        if users is not None and not users.ids and users.mode is not UsersMode.REPLACE:
            raise _empty("/set/users/ids")
        if not given or (given == {"users"} and users is None):
            raise _empty("/set")
        return Wanted(
            division=Setting(self.set.division_id) if "division_id" in given else None,
            template=Setting(self.set.template_id) if "template_id" in given else None,
            users=None if users is None else UsersChange(users.mode, tuple(dict.fromkeys(users.ids))),
        )


class ApplyPlan(RequestModel):
    """How to apply a plan; without a body all of it or nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"partial": True}]})

    partial: bool = Field(
        default=False,
        description="Apply what still is as it was planned and say of the rest why not; else one change since is 409.",
    )


def _target(code: str, message: str) -> InvalidInput:
    places = ("/administration_ids", "/import_session_id")
    return InvalidInput(code, message, [FieldError(place, message) for place in places])


def _empty(place: str) -> InvalidInput:
    message = "nothing to set"
    return InvalidInput("plan_set_empty", "The plan sets nothing.", [FieldError(place, message)])
