"""Calls of the demonstration: other answers are told in words, an absent service is waited for."""

from collections.abc import Iterator

import httpx
import pytest

from koppel_local.demo.api import Api
from koppel_local.demo.companies import Profile, choose_companies
from koppel_local.demo.failure import DemoFailed, Unexpected


def api(
    *answers: httpx.Response | Exception, away_for: float = 5.0
) -> tuple[Api, list[httpx.Request], list[str]]:
    """A service that gives these answers, what it got, and what was said meanwhile."""
    requests: list[httpx.Request] = []
    said: list[str] = []
    left: Iterator[httpx.Response | Exception] = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    made = Api(
        "import-svc",
        "http://test",
        "token",
        said.append,
        away_for=away_for,
        transport=httpx.MockTransport(answer),
    )
    return made, requests, said


def test_a_problem_is_told_with_its_fields() -> None:
    problem = {"code": "plan_stale", "detail": "Moved.", "errors": [{"pointer": "/set", "message": "empty"}]}
    service, _, _ = api(httpx.Response(409, json=problem))
    with pytest.raises(Unexpected) as failed:
        service.post("/v1/plans", {})
    assert failed.value.expected == "201 from import-svc to POST /v1/plans"
    assert failed.value.came == "409 plan_stale: Moved.; /set: empty"


def test_a_service_that_restarts_is_asked_again_with_the_same_key() -> None:
    service, requests, said = api(
        httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(201, json={"id": 1})
    )
    assert service.post("/v1/things", {}) == {"id": 1}
    assert len({request.headers["Idempotency-Key"] for request in requests}) == 1
    assert said == ["import-svc does not answer now, waiting for it"]


def test_a_service_that_stays_away_is_a_failure() -> None:
    service, _, _ = api(httpx.ConnectError("refused"), away_for=0)
    with pytest.raises(Unexpected, match="an answer from import-svc"):
        service.get("/v1/things")


def test_a_list_is_read_to_its_end() -> None:
    service, requests, _ = api(
        httpx.Response(200, json={"items": [{"id": 1}, {"id": 2}], "next_cursor": "x"}),
        httpx.Response(200, json={"items": [{"id": 3}], "next_cursor": None}),
    )
    assert [each["id"] for each in service.items("/v1/things", limit=2)] == [1, 2, 3]
    assert dict(requests[1].url.params) == {"limit": "2", "cursor": "x"}


def settings(*companies: tuple[str, str | None]) -> httpx.Response:
    listed = [
        {"id": str(number), "name": name, "corporate_identity_number": kvk}
        for number, (name, kvk) in enumerate(companies)
    ]
    ids = [each["id"] for each in listed]
    return httpx.Response(
        200, json={"companies": listed, "users": [{"username": "demo", "company_ids": ids}]}
    )


def test_one_company_of_each_profile_is_chosen() -> None:
    service, _, _ = api(settings(("Testbedrijf", "1"), ("Bakker", "2"), ("Slager", "3"), ("Kapper", None)))
    chosen = [(company.name, company.profile) for company in choose_companies(service, "demo")]
    assert chosen == [("Bakker", Profile.PREFILLED), ("Kapper", Profile.TYPED), ("Testbedrijf", Profile.TEST)]


def test_a_sandbox_without_a_kind_of_company_is_refused() -> None:
    service, _, _ = api(settings(("Bakker", "2")))
    with pytest.raises(Unexpected, match="KvK number typed, test or demo"):
        choose_companies(service, "demo")


def test_a_failure_names_step_expectation_and_what_came() -> None:
    error = DemoFailed(4, "Discovery", "three candidates", "two")
    assert error.detail == 'step 4, "Discovery", failed. Expected: three candidates. What came: two.'
