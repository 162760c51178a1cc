"""The sectors to choose from."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from import_svc.domain.sectors import CURRENT_VERSION, sections
from koppel.platform.http import Page, ResponseModel, current_principal, problems

router = APIRouter(tags=["sectors"], dependencies=[Depends(current_principal)])


class SectorSection(ResponseModel):
    """A section of the SBI and its Dutch name."""

    sbi_version: str = Field(description="Version of the SBI.")
    code: str = Field(description="Letter of the section.")
    name: str = Field(description="Its Dutch name.")


@router.get("/v1/sectors", operation_id="list_sectors", responses=problems(sbi_version_unknown=422))
async def list_sectors(
    sbi_version: Annotated[str, Query(max_length=20, description="Version of the SBI.")] = CURRENT_VERSION,
) -> Page[SectorSection]:
    """List the sections of a version of the SBI. With their Dutch names; the list is short and comes whole."""
    return Page(
        items=[
            SectorSection(sbi_version=sbi_version, code=code, name=name)
            for code, name in sections(sbi_version).items()
        ]
    )
