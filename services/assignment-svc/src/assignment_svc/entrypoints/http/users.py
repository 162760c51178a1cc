"""`/v1/users`: the directory's people, and what each sees."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from assignment_svc.application.remove_user import remove_user
from assignment_svc.application.save_user import save_user
from assignment_svc.domain.directory import User
from assignment_svc.entrypoints.http.context import InContext, Manager, Reader
from assignment_svc.entrypoints.http.fields import Name
from koppel.contracts.values import Role
from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, PageQuery, RequestModel, ResponseModel, caller_of, paginate
from koppel.platform.telemetry import metrics

router = APIRouter(tags=["users"])

# Whether an address exists only its owner can say; this keeps out what certainly is none.
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
]


class PutUser(RequestModel):
    name: Name
    email: Email
    role: Role


class UserResponse(ResponseModel):
    id: UUID
    name: str
    email: str
    role: Role

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(id=user.id, name=user.name, email=user.email, role=user.role)


class SeenAdministration(ResponseModel):
    administration_id: UUID
    name: str
    rule: str


@router.put("/v1/users/{user_id}", operation_id="put_user")
async def put_user(user_id: UUID, body: PutUser, principal: Manager, context: InContext) -> UserResponse:
    """Create or replace; always 200."""
    user = User(id=user_id, name=body.name, email=body.email, role=body.role)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        await save_user(tx, caller_of(principal), user)
    return UserResponse.of(user)


@router.get("/v1/users", operation_id="list_users")
async def list_users(principal: Reader, page: PageQuery, context: InContext) -> Page[UserResponse]:
    """In id order."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        users = await tx.users.page(after and after[0], page.fetch)
    return paginate(users, page, item=UserResponse.of, key=lambda user: (user.id,))


@router.get("/v1/users/{user_id}", operation_id="get_user")
async def get_user(user_id: UUID, principal: Reader, context: InContext) -> UserResponse:
    async with context.unit_of_work.begin(principal.organisation) as tx:
        user = await tx.users.get(user_id)
    if user is None:
        raise NotFound("user", user_id)
    return UserResponse.of(user)


@router.delete("/v1/users/{user_id}", operation_id="delete_user", status_code=204, response_class=Response)
async def delete_user(user_id: UUID, principal: Manager, context: InContext) -> None:
    """The user leaves every assignment, in the same transaction."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        changed = await remove_user(tx, caller_of(principal), user_id)
    metrics.count("koppel_assignments_changed_total", changed, rule="user_deleted")


@router.get(
    "/v1/users/{user_id}/administrations",
    operation_id="list_administrations_of_user",
)
async def list_seen_administrations(
    user_id: UUID,
    principal: Reader,
    page: PageQuery,
    context: InContext,
    name: Annotated[str | None, Query(max_length=200, description="part of the name, in any case")] = None,
) -> Page[SeenAdministration]:
    """What the user sees, and by which rule."""
    after = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        if await tx.users.get(user_id) is None:
            raise NotFound("user", user_id)
        seen = await tx.assignments.seen_by(user_id, name, after and after[0], page.fetch)
    return paginate(
        seen, page, item=SeenAdministration.model_validate, key=lambda each: (each.administration_id,)
    )
