"""`/v1/users`: the directory's people, and what each sees."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field, StringConstraints

from assignment_svc.application.remove_user import remove_user
from assignment_svc.application.save_user import save_user
from assignment_svc.domain.assignment import Rule
from assignment_svc.domain.directory import User
from assignment_svc.entrypoints.http.context import InContext, Manager, Reader
from assignment_svc.entrypoints.http.fields import Name
from koppel.contracts.values import Role
from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, PageQuery, RequestModel, ResponseModel, caller_of, paginate, problems
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from koppel.platform.telemetry import metrics

router = APIRouter(tags=["users"])

UserId = Annotated[UUID, Path(description="The user; the caller chooses the id.")]

# Whether an address exists only its owner can say; this keeps out what certainly is none.
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
]


class PutUser(RequestModel):
    """A user, whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Sanne de Vries", "email": "sanne@kantoor.example", "role": "user"}]
        }
    )

    name: Name = Field(description="The person's name, 1 to 200 characters; spaces around it are cut off.")
    email: Email = Field(description="An e-mail address of at most 254 characters. Nothing is sent to it.")
    role: Role = Field(description="The person's role in the product.")


class UserResponse(ResponseModel):
    """A user of the directory."""

    id: UUID = Field(description="The user's id, which the caller gave.")
    name: str = Field(description="The person's name.")
    email: str = Field(description="The person's e-mail address.")
    role: Role = Field(description="The person's role in the product.")

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(id=user.id, name=user.name, email=user.email, role=user.role)


class SeenAdministration(ResponseModel):
    """An administration that a user sees."""

    administration_id: UUID = Field(description="An administration that the user sees.")
    name: str = Field(description="Its name.")
    rule: Rule = Field(description="Which rule assigned it: the default one after the import, or a plan.")


@router.put("/v1/users/{user_id}", operation_id="put_user")
async def put_user(user_id: UserId, body: PutUser, principal: Manager, context: InContext) -> UserResponse:
    """Create or replace a user. A new role changes no assignment."""
    user = User(id=user_id, name=body.name, email=body.email, role=body.role)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await save_user(tx, caller_of(principal), user)
    return UserResponse.of(user)


@router.get("/v1/users", operation_id="list_users")
async def list_users(
    principal: Reader, page: PageQuery, context: InContext, *, q: Search = None, with_total: WithTotal = False
) -> CountedPage[UserResponse]:
    """List the organisation's users. In order of their ids; `q` searches names and addresses."""
    after, text = page.after(UUID), searched(q)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        users = await tx.users.page(text, after and after[0], page.fetch)
        total = await tx.users.count(text) if with_total else None
    listed = paginate(users, page, item=UserResponse.of, key=lambda user: (user.id,))
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get("/v1/users/{user_id}", operation_id="get_user", responses=problems(user_not_found=404))
async def get_user(user_id: UserId, principal: Reader, context: InContext) -> UserResponse:
    """Show a user."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        user = await tx.users.get(user_id)
    if user is None:
        raise NotFound("user", user_id)
    return UserResponse.of(user)


@router.delete(
    "/v1/users/{user_id}",
    operation_id="delete_user",
    status_code=204,
    response_class=Response,
    responses=problems(user_not_found=404),
)
async def delete_user(user_id: UserId, principal: Manager, context: InContext) -> None:
    """Delete a user. The user leaves every assignment in the same transaction."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        changed = await remove_user(tx, caller_of(principal), user_id)
    metrics.count("koppel_assignments_changed_total", changed, rule="user_deleted")


@router.get(
    "/v1/users/{user_id}/administrations",
    operation_id="list_administrations_of_user",
    responses=problems(user_not_found=404),
)
async def list_seen_administrations(
    user_id: UserId,
    principal: Reader,
    page: PageQuery,
    context: InContext,
    name: Annotated[
        str | None,
        Query(max_length=200, description="Only those with this in their name, in any case; left out: all."),
    ] = None,
) -> Page[SeenAdministration]:
    """List the administrations that a user sees, and by which rule. In order of their ids."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        if await tx.users.get(user_id) is None:
            raise NotFound("user", user_id)
        seen = await tx.assignments.seen_by(user_id, name, after and after[0], page.fetch)
    return paginate(
        seen, page, item=SeenAdministration.model_validate, key=lambda each: (each.administration_id,)
    )
