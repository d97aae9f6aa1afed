"""What the audit log gives."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from api.store.records import AuditEntry


class AuditOut(BaseModel):
    """One write."""

    id: str = Field(description="Its id; later writes have greater ones.", examples=["aud_06g8m1x3kq9v2w7t5r0ncz4b8e"])
    at: datetime = Field(description="When.", examples=["2026-11-22T20:00:00Z"])
    author: str = Field(description="The key that wrote.", examples=["key_06g8m1x3kq9v2w7t5r0ncz4b8e"])
    action: str = Field(description="What was done.", examples=["datasets.create"])
    resource: str = Field(description="To what.", examples=["ds_06g8m1x3kq9v2w7t5r0ncz4b8e/1"])
    before_hash: str | None = Field(description="The hash of what was there before.", examples=[None])
    after_hash: str | None = Field(description="The hash of what is there now.", examples=["9f86d081884c7d65…"])
    request_id: str = Field(description="The request, as the logs name it.", examples=["req_5f0c8d3e9b7a4c2d1e6f8a9b"])

    @classmethod
    def of(cls, record: AuditEntry) -> AuditOut:
        """Return a record as it is shown."""
        return cls(**{name: getattr(record, name) for name in cls.model_fields})


class AuditPage(BaseModel):
    """A page of the audit log."""

    entries: list[AuditOut] = Field(description="By age, the oldest first.")
    next_cursor: str | None = Field(
        description="The `cursor` of the next page; null: this is the last.", examples=[None]
    )
