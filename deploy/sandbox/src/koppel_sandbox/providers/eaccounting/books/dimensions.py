"""Cost centres and projects: what a booking can be divided over."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import as_date, as_text, at
from koppel_sandbox.providers.eaccounting.books.parties import CUSTOMERS, customer
from koppel_sandbox.providers.eaccounting.shapes import shaped
from koppel_sandbox.story.company import Company
from koppel_sandbox.story.draw import Draw
from koppel_sandbox.story.dutch import PROJECTS as PROJECT_NAMES

COST_CENTRES = "costcenters"
PROJECTS = "projects"

_DIMENSIONS = (
    ("Afdeling", (("Verkoop", "VK"), ("Productie", "PR"), ("Kantoor", "KA"))),
    ("Vestiging", (("Hoofdvestiging", "HV"), ("Filiaal Noord", "FN"))),
    ("Kostendrager", (("Dienstverlening", "DV"), ("Handel", "HD"))),
)


def _items(index: int) -> tuple[tuple[str, str], ...]:
    return _DIMENSIONS[index % len(_DIMENSIONS)][1]


def _item_id(company: Company, centre: int, item: int) -> str:
    return company.guid(f"costcenteritems/{centre}", item)


def cost_centre(company: Company, index: int) -> JsonObject:
    name = _DIMENSIONS[index][0] if index < len(_DIMENSIONS) else f"Dimensie {index + 1}"
    identity = company.guid(COST_CENTRES, index)
    created = as_text(company.created_at(COST_CENTRES, index))
    return shaped(
        "CostCenterApi",
        Id=identity,
        Name=name,
        Number=index + 1,
        IsActive=True,
        Items=[
            shaped(
                "CostCenterItemApi",
                CostCenterId=identity,
                Id=_item_id(company, index, number),
                Name=item,
                ShortName=short,
                IsActive=True,
                CreatedUtc=created,
            )
            for number, (item, short) in enumerate(_items(index))
        ],
    )


def drawn_cost_centre_item(company: Company, draw: Draw) -> str | None:
    """An item of the first cost centre for one row in three, else None."""
    if company.sizes.costcenters == 0 or not draw.chance(33):
        return None
    return _item_id(company, 0, draw.below(len(_items(0))))


def drawn_project(company: Company, draw: Draw) -> str | None:
    if company.sizes.projects == 0 or not draw.chance(20):
        return None
    return company.guid(PROJECTS, draw.below(company.sizes.projects))


def _owner(company: Company, draw: Draw) -> int | None:
    return draw.below(company.sizes.customers) if company.sizes.customers else None


def project_owner(company: Company, index: int) -> int | None:
    """The customer that a project is for."""
    return _owner(company, company.draw(PROJECTS, index))


def project(company: Company, index: int) -> JsonObject:
    draw = company.draw(PROJECTS, index)
    owner = _owner(company, draw)
    finished = draw.chance(30)
    return shaped(
        "ProjectApi",
        Id=company.guid(PROJECTS, index),
        Number=f"P{index + 1:04d}",
        Name=f"{draw.one_of(PROJECT_NAMES)} {1 + index // len(PROJECT_NAMES)}",
        StartDate=as_date(at(2025, 1 + draw.below(12), 1)),
        EndDate=as_date(at(2026, 1 + draw.below(6), 28)) if finished else None,
        CustomerId=None if owner is None else company.guid(CUSTOMERS, owner),
        CustomerName=None if owner is None else customer(company, owner)["Name"],
        Status=2 if finished else 1,
        ModifiedUtc=as_text(company.changed_at(PROJECTS, index)),
    )
