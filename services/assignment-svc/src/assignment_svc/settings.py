"""The only reader of the environment."""

from datetime import timedelta

from pydantic import Field

from koppel.platform.settings import Duration, ServiceSettings, environment


class AssignmentSettings(ServiceSettings):
    """`ASSIGNMENT_SVC_…`."""

    model_config = environment("ASSIGNMENT_SVC_")

    port: int = Field(8103, ge=0, le=65535)
    plan_kept_for: Duration = Field(
        timedelta(days=30), description="how long a plan can be applied or undone"
    )
