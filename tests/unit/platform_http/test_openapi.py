"""What the OpenAPI document says of every call, and of those that say more of themselves."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Query

from koppel.platform.http import HONOURS_IDEMPOTENCY_KEY, current_principal, problems

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]
OF_EVERY_CALL = {"400", "404", "408", "413", "414", "415", "422", "431", "500", "503"}


@pytest.fixture
def router() -> APIRouter:
    router = APIRouter()

    @router.get("/plain")
    async def plain(part: Annotated[str | None, Query(max_length=5)] = None) -> None:
        """Show what is plain. It is not much,
        and told in two lines."""

    @router.post("/made", responses=problems(row_not_found=404, row_taken=409, row_unknown=422))
    async def make() -> None:
        """Make a row."""

    @router.put(
        "/known", dependencies=[Depends(current_principal), HONOURS_IDEMPOTENCY_KEY], operation_id="known"
    )
    async def known() -> None:
        """Do what is known."""

    return router


@pytest.fixture
async def document(serve: Serve, router: APIRouter) -> Any:
    async with serve(router) as client:
        return (await client.get("/openapi.json")).json()


def refusal(document: Any, operation: Any, status: int) -> Any:
    """The response that the operation refers to."""
    return document["components"]["responses"][operation["responses"][str(status)]["$ref"].rpartition("/")[2]]


def codes(document: Any, operation: Any, status: int) -> list[str]:
    return list(refusal(document, operation, status)["content"]["application/problem+json"]["examples"])


def test_every_call_says_what_it_may_be_refused_with(document: Any) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["responses"].keys() >= OF_EVERY_CALL
    assert {"Problem", "ProblemField"} <= document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_a_route_names_its_own_codes_beside_those_of_every_call(document: Any) -> None:
    made = document["paths"]["/made"]["post"]
    assert codes(document, made, 404) == ["row_not_found", "route_not_found"]
    assert codes(document, made, 409) == ["row_taken"]
    assert codes(document, made, 422) == ["row_unknown", "invalid_input", "too_deep", "too_many_items"]
    assert "`row_taken`" in refusal(document, made, 409)["description"]


def test_an_example_of_a_refusal_is_one_that_can_be_answered(document: Any) -> None:
    made = document["paths"]["/made"]["post"]
    problem = refusal(document, made, 409)["content"]["application/problem+json"]["examples"]["row_taken"]
    assert problem["value"]["status"] == 409
    assert problem["value"]["type"] == "urn:koppel:problem:row_taken"


def test_only_calls_that_need_a_caller_are_refused_for_who_it_is(document: Any) -> None:
    assert "401" not in document["paths"]["/plain"]["get"]["responses"]
    known = document["paths"]["/known"]["put"]
    assert codes(document, known, 401) == ["unauthenticated"]
    assert "service_not_allowed" in codes(document, known, 403)


def test_a_call_that_honours_an_idempotency_key_says_so(document: Any) -> None:
    known = document["paths"]["/known"]["put"]
    (parameter,) = known["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("Idempotency-Key", "header", False)
    assert "idempotency_key_reused" in codes(document, known, 422)
    assert "parameters" not in document["paths"]["/made"]["post"]


def test_the_first_sentence_of_a_docstring_is_the_summary(document: Any) -> None:
    plain = document["paths"]["/plain"]["get"]
    assert plain["summary"] == "Show what is plain"
    assert plain["description"] == "It is not much, and told in two lines."


def test_no_parameter_of_a_query_is_null(document: Any) -> None:
    (parameter,) = document["paths"]["/plain"]["get"]["parameters"]
    assert parameter["schema"]["type"] == "string"
    assert parameter["schema"]["maxLength"] == 5
