"""How the data of many administrations stands, in one call."""

from collections.abc import Callable

from koppel.contracts.administration import AdministrationImported, AdministrationRenamed
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


async def policy(organisation: Organisation, administration_id: object) -> Json:
    answer = await organisation.api("GET", f"/v1/administrations/{administration_id}/sync-policy")
    return dict(answer.json())


async def test_each_administrations_status_is_the_same_as_asked_for_alone(served: Organisation) -> None:
    other = another(served)
    await served.deliver(other)
    await served.sync()
    [first, second] = (await listed(served))["items"]
    for each, administration_id in ((first, served.administration_id), (second, other.administration_id)):
        alone = await status(served, administration_id)
        assert alone["policy"] == await policy(served, administration_id)
        del alone["resources"]
        alone["freshness"]["age_seconds"] = each["freshness"]["age_seconds"]  # a second may have passed
        assert each == {"administration_id": str(administration_id), "name": each["name"]} | alone
    assert (first["last_outcome"], second["last_outcome"]) == ("changed", None)


async def test_those_that_are_named_are_told_in_one_call(organisation: Organisation) -> None:
    other = another(organisation)
    await organisation.deliver(other)
    told = await listed(organisation, f"?administration_ids={other.administration_id},{new_id()}&total=true")
    assert [each["administration_id"] for each in told["items"]] == [str(other.administration_id)]
    assert told["total"] == 1


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


async def test_a_list_is_searched_sorted_and_counted(organisation: Organisation) -> None:
    named = [
        another(organisation).model_copy(update={"name": name})
        for name in ("Zeilmakerij", "bakker Åse", "Bakkerij")
    ]
    await organisation.deliver(*named)
    found = await listed(organisation, "?sort=name&total=true&q=BAK")
    assert [each["name"] for each in found["items"]][:2] == ["bakker Åse", "Bakkerij"]
    assert found["total"] == len(found["items"])
    backwards = await listed(organisation, "?sort=-name&limit=1")
    names = [each["name"] for each in backwards["items"]]
    while backwards["next_cursor"]:
        cursor = backwards["next_cursor"]
        backwards = await listed(organisation, f"?sort=-name&limit=1&cursor={cursor}")
        names += [each["name"] for each in backwards["items"]]
    assert len(names) == 4
    assert names == sorted(names, key=str.lower, reverse=True)
    assert (await listed(organisation, "?q=%25")) | {"items": []} == {
        "items": [],
        "next_cursor": None,
        "total": None,
    }


async def test_a_list_is_filtered_by_outcome_and_sorted_by_the_last_sync(served: Organisation) -> None:
    other = another(served)
    await served.deliver(other)
    await served.sync()
    changed = await listed(served, "?outcome=changed&total=true")
    assert [each["administration_id"] for each in changed["items"]] == [str(served.administration_id)]
    assert changed["total"] == 1
    assert (await listed(served, "?outcome=failed&total=true"))["total"] == 0
    newest_first = await listed(served, "?sort=-last_synced_at")
    assert [each["administration_id"] for each in newest_first["items"]] == [
        str(served.administration_id),
        str(other.administration_id),
    ]


async def test_a_list_shows_the_name_of_today(organisation: Organisation) -> None:
    other = another(organisation)
    await organisation.deliver(other)
    await organisation.deliver(
        AdministrationRenamed(
            organisation_id=organisation.organisation_id,
            administration_id=other.administration_id,
            name="Nieuwe naam",
            renamed_at=other.imported_at,
        )
    )
    found = await listed(organisation, "?q=nieuwe naam")
    assert [each["administration_id"] for each in found["items"]] == [str(other.administration_id)]
