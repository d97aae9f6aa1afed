"""What the health routes give."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field(description="Always `ok`.", examples=["ok"])


class Readiness(BaseModel):
    """The service can work."""

    status: Literal["ok"] = Field(description="Always `ok`; when it cannot work the answer is a 503.", examples=["ok"])
    database_revision: str = Field(description="The revision of the database.", examples=["0001"])
