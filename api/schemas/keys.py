"""What the routes of keys take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.auth.roles import Role
from api.schemas.fields import Body, Name
from api.store.records import ApiKey

_EXAMPLE_ID = "key_06g8m1x3kq9v2w7t5r0ncz4b8e"


class KeyCreate(Body):
    """A key to be made."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "erp-production", "role": "integrator"}]}
    )

    name: Name = Field(description="What it is for.")
    role: Role = Field(description="What its holder is: viewer, planner, integrator or admin.")
    scopes: Annotated[list[str], Field(max_length=50)] = Field(
        default=[], description="Only these of the role's scopes; empty: all of them."
    )
    expires_at: AwareDatetime | None = Field(default=None, description="When it stops being valid; null: never.")


class KeyRotate(Body):
    """How a key is replaced."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap_hours": 24}]})

    overlap_hours: float = Field(
        24, ge=0, le=24 * 90, description="Hours for which the old key stays in force.", examples=[24]
    )


class KeyOut(BaseModel):
    """A key, without its secret."""

    id: str = Field(description="Its id; audit log and logs name it.", examples=[_EXAMPLE_ID])
    name: str = Field(description="What it is for.", examples=["erp-production"])
    role: Role = Field(description="What its holder is.", examples=["integrator"])
    scopes: list[str] = Field(description="Only these of the role's scopes; empty: all.", examples=[[]])
    created_at: datetime = Field(description="When it was made.", examples=["2026-11-22T20:00:00Z"])
    created_by: str = Field(description="Who made it.", examples=["local"])
    expires_at: datetime | None = Field(description="When it stops being valid.", examples=[None])
    revoked_at: datetime | None = Field(description="When it was revoked.", examples=[None])
    replaced_by: str | None = Field(description="The key that takes its place.", examples=[None])

    @classmethod
    def of(cls, record: ApiKey) -> KeyOut:
        """Return a record as it is shown."""
        return cls(**{name: getattr(record, name) for name in KeyOut.model_fields})


class NewKeyOut(KeyOut):
    """A key that was just made."""

    key: str | None = Field(
        description="The key itself, shown this once; null when the answer is a repeated one.",
        examples=["lw_06g8m1x3kq9v2w7t5r0ncz4b8e_kRk5…"],
    )


class KeyList(BaseModel):
    """The keys of the workspace."""

    keys: list[KeyOut] = Field(description="By age, the newest last.")
