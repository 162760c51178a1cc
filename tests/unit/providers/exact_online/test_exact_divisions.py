"""Who logged in, and which divisions this person may reach."""

import httpx
import orjson
import pytest

from koppel.providers.calls import Answer
from koppel.providers.company import Company, CompanyKind, CompanyStatus
from koppel.providers.exact_online import divisions
from koppel.providers.exact_online.divisions import Place, Source
from koppel.providers.exact_online.odata import Listed
from koppel.providers.failures import ProviderFailure


def company(**division: object) -> Company:
    item: dict[str, object] = {
        "Code": 17,
        "Description": "Bakkerij De Vries B.V. ",
        "Status": 1,
        "BlockingStatus": 0,
    }
    (found,) = divisions.companies_of(Listed([orjson.loads(orjson.dumps(item | division))], None, None))
    return found


def me(d: object) -> divisions.Me:
    return divisions.me_of(Answer(200, httpx.Headers(), orjson.dumps({"d": d})))


def test_division_becomes_a_company() -> None:
    found = company(ChamberOfCommerceNumber="75904695", VATNumber="NL001234567B01", Country="NL ")
    assert found.external_id == "17"
    assert found.name == "Bakkerij De Vries B.V."
    assert (found.kvk_number, found.vat_number) == ("75904695", "NL001234567B01")
    assert (found.status, found.kind) == (CompanyStatus.ACTIVE, CompanyKind.BOOKS)


def test_eight_digits_of_another_country_are_no_kvk_number() -> None:
    assert company(ChamberOfCommerceNumber="75904695", Country="BE ").kvk_number is None


@pytest.mark.parametrize(
    ("status", "blocking", "meant"),
    [
        (1, 0, "active"), (1, None, "active"), (1, 6, "blocked"), (0, 0, "suspended"), (2, 0, "archived"), (2, 1, "archived"),
        (9, 0, "active"), (None, None, "active"), ("1", "0", "active"),
    ],
)  # fmt: skip
def test_status_says_whether_books_can_be_read(status: object, blocking: object, meant: str) -> None:
    assert company(Status=status, BlockingStatus=blocking).status == meant


def test_practice_and_dossier_divisions_are_marked() -> None:
    assert company(IsPracticeDivision=True).kind is CompanyKind.PRACTICE
    assert company(IsDossierDivision=True, IsPracticeDivision=False).kind is CompanyKind.DOSSIER


def test_epoch_changes_when_the_division_moves_or_is_linked() -> None:
    never = company(DivisionMoveDate=None, DivisionHRLinkUnlinkDate=None).epoch
    moved = company(DivisionMoveDate="/Date(1)/", DivisionHRLinkUnlinkDate=None).epoch
    linked = company(DivisionMoveDate=None, DivisionHRLinkUnlinkDate="/Date(1)/").epoch
    assert len({never, moved, linked}) == 3
    assert None not in {never, moved, linked}
    assert company().epoch is None


@pytest.mark.parametrize("code", [None, "", 1.5, True, "17/../18", -1, "9" * 40, []])
def test_division_without_a_number_is_a_bad_answer_and_not_left_out(code: object) -> None:
    with pytest.raises(ProviderFailure) as refused:
        company(Code=code)
    assert refused.value.code == "provider_bad_answer"


def test_division_that_is_listed_twice_is_one_company() -> None:
    found = divisions.companies_of(
        Listed([{"Code": 17, "Description": "A"}, {"Code": 17, "Description": "B"}], None, None)
    )
    assert [each.name for each in found] == ["A"]


def test_person_is_known_by_the_users_id() -> None:
    seen = me({"results": [{"UserID": "9E1D-AB", "CurrentDivision": 17}]})
    assert (seen.user, seen.division) == ("9e1d-ab", "17")


@pytest.mark.parametrize(
    "d",
    [
        {"results": []}, {"results": ["text"]}, {"results": [{"UserID": "u"}]}, {"results": [{"CurrentDivision": 1}]},
        {"results": [{"UserID": "", "CurrentDivision": 1}]}, {"results": [{"UserID": "u" * 101, "CurrentDivision": 1}]},
    ],
)  # fmt: skip
def test_answer_that_does_not_say_who_is_refused(d: object) -> None:
    with pytest.raises(ProviderFailure) as refused:
        me(d)
    assert refused.value.code == "provider_bad_answer"


def test_place_comes_back_from_its_continuation() -> None:
    for place in (Place(Source.ACCESSIBLE, "17"), Place(Source.OWN_LICENCE, "17", "18:19")):
        assert Place.of(place.continuation) == place


@pytest.mark.parametrize(
    "foreign", ["", "system", "system:17", "system:x:", "other:17:", "guid'a'", ":", "system:1/2:"]
)
def test_continuation_of_something_else_is_refused(foreign: str) -> None:
    with pytest.raises(ProviderFailure) as refused:
        Place.of(foreign)
    assert refused.value.code == "continuation_invalid"


def test_refused_list_is_asked_elsewhere_only_at_its_beginning() -> None:
    first = Place(Source.ACCESSIBLE, "17")
    second = first.instead()
    assert second == Place(Source.OWN_LICENCE, "17")
    assert second.instead() == Place(Source.CURRENT, "17")
    assert Place(Source.CURRENT, "17").instead() is None
    assert Place(Source.ACCESSIBLE, "17", "18").instead() is None


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://start.exactonline.nl/api/v1", "start.exactonline.nl"),
        ("https://start.exactonline.be/api/v1/", "start.exactonline.be"),
        ("http://sandbox.test:8190/exact_online/api/v1", "sandbox.test:8190/exact_online"),
        ("http://sandbox.test:8190/exact_online/be/api/v1", "sandbox.test:8190/exact_online/be"),
    ],
)
def test_a_person_is_known_at_a_country_s_place(address: str, place: str) -> None:
    assert divisions.place_of(address) == place
