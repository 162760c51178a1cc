"""Bases of what comes in and what goes out."""

from pydantic import BaseModel, ConfigDict


class RequestModel(BaseModel):
    """A request body: closed (an unknown field is an error, not a silent loss) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ResponseModel(BaseModel):
    """A response body: open to more fields in later versions."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
