"""Exact's divisions tell the story that the other providers and the trade register tell."""

from tests.unit.sandbox.exact_online.office import Office


async def test_companies_and_their_customers_are_those_of_the_other_provider() -> None:
    office = Office({"companies": 5})
    exact = (await office.control("GET", "settings"))["companies"]
    async with office.client() as http:
        other = (await http.get("/_sandbox/settings")).json()["companies"]
        customers = (await http.get(f"/_sandbox/companies/{other[1]['id']}/customers")).json()["items"]
    for name in ("name", "corporate_identity_number"):
        assert [each[name] for each in exact] == [each[name] for each in other]
    accounts = (await office.control("GET", f"companies/{exact[1]['id']}/Accounts", limit="120"))["items"]
    assert [each["Name"] for each in accounts] == [each["Name"] for each in customers]


async def test_the_register_knows_every_dutch_number_but_the_gaps_that_were_ordered() -> None:
    office = Office({"companies": 1})
    await office.control("POST", "reset", {"companies": 14, "registry_gaps": 2})
    numbers = [
        each["corporate_identity_number"] for each in (await office.control("GET", "settings"))["companies"]
    ]
    asked = [number for number in numbers if number is not None]
    async with office.client() as http:
        found = [
            (await http.get(f"/kvk/v1/basisprofielen/{number}", headers={"apikey": "any"})).status_code
            for number in asked
        ]
    assert found == [200] * (len(asked) - 2) + [404] * 2
