"""Companies that a look finds and nobody has imported: told once, listed, and never imported by themselves."""

from koppel.kernel.ids import new_id

from .looks import a_day_later, found, imported, listed, look
from .organisation import Organisation


async def test_a_daily_look_tells_of_a_new_company_once_and_imports_nothing(
    organisation: Organisation,
) -> None:
    connection_id = await imported(organisation)
    for _ in range(2):
        await a_day_later(organisation, connection_id, a="A", b="B", c="C")
    assert (await found(organisation), await listed(organisation)) == (["c"], ["c"])
    assert await organisation.count("select count(*) from administration") == 2


async def test_what_a_person_sees_in_a_wizard_is_not_found(organisation: Organisation) -> None:
    connection_id = await imported(organisation)
    await a_day_later(organisation, connection_id, a="A", b="B", c="C")
    await look(organisation, connection_id, a="A", b="B", c="C", d="D")
    assert await listed(organisation) == []
    await a_day_later(organisation, connection_id, a="A", b="B", c="C", d="D")
    assert await found(organisation) == ["c"]


async def test_a_company_that_comes_back_is_found_again_unless_it_is_imported(
    organisation: Organisation,
) -> None:
    connection_id = await imported(organisation)
    for names in ({"a": "A", "b": "B", "c": "C"}, {"a": "A"}, {"a": "A", "b": "B", "c": "C"}):
        await a_day_later(organisation, connection_id, **names)
    assert await found(organisation) == ["c", "c"]


async def test_what_a_dead_login_showed_and_what_is_gone_is_not_listed(organisation: Organisation) -> None:
    grants = [new_id()]
    connection_id = await organisation.connect(grants)
    await look(organisation, connection_id, a="A")
    await a_day_later(organisation, connection_id, a="A", b="B", c="C")
    await a_day_later(organisation, connection_id, a="A", b="B")
    assert await listed(organisation) == ["b"]
    await organisation.disconnect(connection_id, grants)
    assert await listed(organisation) == []
