"""Profiles in bodies. Shapes are checked here, rules by the domain, so that every bad row is named at once."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from import_svc.domain.profile import Profile, ProfileDraft
from koppel.contracts.values import NoKvkReason, Sector
from koppel.platform.http import RequestModel, ResponseModel

_LONGEST = 200
Text = Annotated[str, Field(max_length=_LONGEST)]
PROFILE_REFUSALS = dict.fromkeys(
    (
        "kvk_number_invalid",
        "kvk_number_and_reason",
        "no_kvk_reason_unknown",
        "sector_unknown",
        "sector_required",
        "sbi_version_unknown",
        "profile_empty",
        "profile_invalid",
    ),
    422,
)


def _text_or_refused(value: object) -> object:
    """What is no text, or too long, cannot keep the rule either; the domain then names the row with all the other bad ones."""
    if value is None or (isinstance(value, str) and len(value) <= _LONGEST):
        return value
    return "(too long)" if isinstance(value, str) else "(not text)"


JudgedText = Annotated[Text, BeforeValidator(_text_or_refused)]


class SectorIn(RequestModel):
    """A section of the SBI."""

    sbi_version: JudgedText = Field(description="Version of the SBI, such as 2025.")
    code: JudgedText = Field(description="Letter of a section in that version.")


class ProfileIn(RequestModel):
    """A KvK number (8 digits) and/or a sector, or a reason (`no_company`, `test_or_demo`) and a sector."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kvk_number": "75904695"}]})

    kvk_number: JudgedText | None = Field(default=None, description="KvK number, 8 digits; null: none.")
    no_kvk_reason: JudgedText | None = Field(
        default=None,
        description="Why there is no KvK number, `no_company` or `test_or_demo`; null: there is one, or the sector alone is given.",
    )
    sector: SectorIn | None = Field(
        default=None, description="The sector; required with a reason; null: none."
    )

    def draft(self) -> ProfileDraft:
        """The same for the domain."""
        sector = None
        if self.sector is not None:
            sector = Sector(sbi_version=self.sector.sbi_version, code=self.sector.code)
        return ProfileDraft(self.kvk_number, self.no_kvk_reason, sector)


class SectorOut(ResponseModel):
    """A section of the SBI."""

    sbi_version: str = Field(description="Version of the SBI, such as 2025.")
    code: str = Field(description="Letter of the section.")


class ProfileOut(ResponseModel):
    """A stored profile."""

    kvk_number: str | None = Field(description="KvK number, 8 digits; null: none.")
    no_kvk_reason: NoKvkReason | None = Field(
        description="Why there is no KvK number; null: there is one, or the sector alone is known."
    )
    sector: SectorOut | None = Field(description="The sector; null: not given.")


def sector_out(sector: Sector | None) -> SectorOut | None:
    return None if sector is None else SectorOut(sbi_version=sector.sbi_version, code=sector.code)


def profile_out(profile: Profile | None) -> ProfileOut | None:
    if profile is None:
        return None
    return ProfileOut(
        kvk_number=profile.kvk_number,
        no_kvk_reason=profile.no_kvk_reason,
        sector=sector_out(profile.sector),
    )
