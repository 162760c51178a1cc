"""The sectors to choose from."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from import_svc.domain.sectors import CURRENT_VERSION, sections
from koppel.platform.http import Page, ResponseModel, current_principal

router = APIRouter(tags=["sectors"], dependencies=[Depends(current_principal)])


class SectorSection(ResponseModel):
    """A section of the SBI and its Dutch name."""

    sbi_version: str
    code: str
    name: str


@router.get("/v1/sectors", operation_id="list_sectors")
async def list_sectors(
    sbi_version: Annotated[str, Query(max_length=20)] = CURRENT_VERSION,
) -> Page[SectorSection]:
    """All sections of a version."""
    return Page(
        items=[
            SectorSection(sbi_version=sbi_version, code=code, name=name)
            for code, name in sections(sbi_version).items()
        ]
    )
