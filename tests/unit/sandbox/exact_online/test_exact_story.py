"""Exact's divisions tell the story that the other providers and the trade register tell."""

from tests.unit.sandbox.exact_online.organisation import Organisation


async def test_companies_and_their_customers_are_those_of_the_other_provider() -> None:
    organisation = Organisation({"companies": 5})
    exact = (await organisation.control("GET", "settings"))["companies"]
    async with organisation.client() as http:
        other = (await http.get("/_sandbox/settings")).json()["companies"]
        customers = (await http.get(f"/_sandbox/companies/{other[1]['id']}/customers")).json()["items"]
    for name in ("name", "corporate_identity_number"):
        assert [each[name] for each in exact] == [each[name] for each in other]
    accounts = (await organisation.control("GET", f"companies/{exact[1]['id']}/Accounts", limit="120"))[
        "items"
    ]
    assert [each["Name"] for each in accounts] == [each["Name"] for each in customers]


async def test_the_register_knows_every_dutch_number_but_the_gaps_that_were_ordered() -> None:
    organisation = Organisation({"companies": 1})
    await organisation.control("POST", "reset", {"companies": 14, "registry_gaps": 2})
    numbers = [
        each["corporate_identity_number"]
        for each in (await organisation.control("GET", "settings"))["companies"]
    ]
    asked = [number for number in numbers if number is not None]
    async with organisation.client() as http:
        found = [
            (await http.get(f"/kvk/v1/basisprofielen/{number}", headers={"apikey": "any"})).status_code
            for number in asked
        ]
    assert found == [200] * (len(asked) - 2) + [404] * 2
