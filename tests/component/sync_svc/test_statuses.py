"""How the data of many administrations stands, in one call."""

from collections.abc import Callable

from koppel.contracts.administration import AdministrationImported
from koppel.kernel.ids import new_id
from koppel.testing.administrations import imported

from .organisation import Json, Organisation


def another(organisation: Organisation) -> AdministrationImported:
    """One more administration of the office, by another import."""
    return imported(organisation.organisation_id)


async def listed(organisation: Organisation, query: str = "") -> Json:
    answer = await organisation.api("GET", f"/v1/sync-status{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def status(organisation: Organisation, administration_id: object) -> Json:
    answer = await organisation.api("GET", f"/v1/administrations/{administration_id}/sync-status")
    return dict(answer.json())


async def test_each_administrations_status_is_the_same_as_asked_for_alone(served: Organisation) -> None:
    other = another(served)
    await served.deliver(other)
    await served.sync()
    [first, second] = (await listed(served))["items"]
    for each, administration_id in ((first, served.administration_id), (second, other.administration_id)):
        alone = await status(served, administration_id)
        del alone["resources"]
        assert each == {"administration_id": str(administration_id)} | alone
    assert (first["last_outcome"], second["last_outcome"]) == ("changed", None)


async def test_those_of_an_import_are_told_apart(organisation: Organisation) -> None:
    other = another(organisation)
    await organisation.deliver(other)
    of_it = (await listed(organisation, f"?import_session_id={other.import_session_id}"))["items"]
    assert [each["administration_id"] for each in of_it] == [str(other.administration_id)]
    assert (await listed(organisation, f"?import_session_id={new_id()}"))["items"] == []


async def test_they_come_in_pages_without_removed_and_without_other_peoples(
    organisation: Organisation, new_organisation: Callable[[], Organisation]
) -> None:
    await new_organisation().arrive()
    others = [another(organisation) for _ in range(2)]
    await organisation.deliver(*others)
    await organisation.deliver(organisation.removed("no_longer_a_client"))
    first = await listed(organisation, "?limit=1")
    rest = await listed(organisation, f"?limit=1&cursor={first['next_cursor']}")
    seen = [each["administration_id"] for each in first["items"] + rest["items"]]
    assert seen == sorted(str(each.administration_id) for each in others)
    assert rest["next_cursor"] is None
