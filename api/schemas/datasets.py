"""What the routes of data sets take and give."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Body, FindingOut, Name, Note, Row, Settings
from api.store.contents import Content
from api.store.records import Dataset, Version
from bom.errors import Finding

EXAMPLE_ID = "ds_06g8m1x3kq9v2w7t5r0ncz4b8e"
_TABLES: dict[str, Any] = {
    "items": [{"item_id": "BIKE", "lead_time_days": 2}, {"item_id": "WHEEL", "lead_time_days": 5}],
    "bom_lines": [{"parent_item_id": "BIKE", "component_item_id": "WHEEL", "quantity_per": 2}],
    "demands": [{"demand_id": "D1", "item_id": "BIKE", "due_date": "2027-01-15", "quantity": 10}],
}


class DatasetCreate(Body):
    """A data set with its tables as JSON."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "bikes", "settings": {"as_of": "2026-11-22"}, "tables": _TABLES}]},
    )

    name: Name = Field(default="data set", description="What it is called.")
    note: Note = Field(default="", description="What the first version is.")
    settings: Settings = Field(description="What `settings.toml` says: `as_of`, `currency`, `mrp`, …")
    tables: dict[str, list[Row]] = Field(description="The rows of each table; columns as in `docs/tables.md`.")


class TableChangeIn(Body):
    """What changes in one table."""

    table: str = Field(description="The table.", pattern=r"^[a-z_]{1,40}$", examples=["demands"])
    upserts: list[Row] = Field(
        default=[],
        description="Rows to put in by key. A column that is not given keeps its value; null empties it. In a table "
        "without a key all rows of the same group are replaced, as the docs say.",
    )
    deletes: list[Row] = Field(
        default=[], description="The keys of rows to take out; a key without a row does no harm."
    )


class ChangesIn(Body):
    """A message of changes: all of them are made, or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "sender": "erp-1",
                    "sequence_number": 1,
                    "changes": [
                        {"table": "demands", "upserts": [{"demand_id": "D1", "quantity": 12}]},
                        {"table": "items", "upserts": [{"item_id": "SADDLE", "lead_time_days": 3}]},
                    ],
                }
            ]
        },
    )

    sender: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")] = Field(description="Who counts the messages.")
    sequence_number: int = Field(
        ge=0, lt=2**62, description="The number of the message: one more than that of the sender's message before."
    )
    note: Note = Field(default="", description="What the new version is.")
    settings: Settings = Field(default={}, description="Settings that change; null takes one out.")
    changes: list[TableChangeIn] = Field(default=[], max_length=100, description="At most one entry for each table.")


class TableOut(BaseModel):
    """One table of a version."""

    name: str = Field(description="The table.", examples=["items"])
    rows: int = Field(description="Its rows.", examples=[2])
    bytes: int = Field(description="The size of its Parquet file.", examples=[1432])
    hash: str = Field(description="SHA-256 of that file: equal for equal content.", examples=["9f86d081884c7d65…"])


class VersionOut(BaseModel):
    """One state of a data set, which does not change."""

    dataset_id: str = Field(description="The data set.", examples=[EXAMPLE_ID])
    number: int = Field(description="Its number, from 1.", examples=[1])
    parent: int | None = Field(description="The version that it was made from.", examples=[None])
    author: str = Field(description="Who made it.", examples=["key_06g8m1x3kq9v2w7t5r0ncz4b8e"])
    note: str = Field(description="What it is.", examples=["first upload"])
    created_at: datetime = Field(description="When it was made.", examples=["2026-11-22T20:00:00Z"])
    settings: dict[str, Any] = Field(description="Its settings.", examples=[{"as_of": "2026-11-22"}])
    tables: list[TableOut] = Field(description="Its tables, by name.")

    @classmethod
    def of(cls, version: Version, content: Content) -> VersionOut:
        """Return a version as it is shown."""
        names = ("dataset_id", "number", "parent", "author", "note", "created_at", "settings")
        tables = [
            TableOut(name=t.name, rows=t.rows, bytes=t.bytes, hash=t.object_hash)
            for _, t in sorted(content.tables.items())
        ]
        return cls(**{name: getattr(version, name) for name in names}, tables=tables)


class DatasetOut(BaseModel):
    """A data set."""

    id: str = Field(description="Its id.", examples=[EXAMPLE_ID])
    name: str = Field(description="What it is called.", examples=["bikes"])
    newest_version: int = Field(description="The number of its newest version.", examples=[1])
    created_at: datetime = Field(description="When it was made.", examples=["2026-11-22T20:00:00Z"])
    created_by: str = Field(description="Who made it.", examples=["key_06g8m1x3kq9v2w7t5r0ncz4b8e"])

    @classmethod
    def of(cls, record: Dataset) -> DatasetOut:
        """Return a data set as it is shown."""
        return cls(
            id=record.id,
            name=record.name,
            newest_version=record.head,
            created_at=record.created_at,
            created_by=record.created_by,
        )


class DatasetPage(BaseModel):
    """A page of data sets."""

    datasets: list[DatasetOut] = Field(description="By age, the oldest first.")
    next_cursor: str | None = Field(
        description="The `cursor` of the next page; null: this is the last.", examples=[None]
    )


class VersionPage(BaseModel):
    """A page of versions."""

    versions: list[VersionOut] = Field(description="The newest first.")
    next_cursor: str | None = Field(
        description="The `cursor` of the next page; null: this is the last.", examples=[None]
    )


class WrittenVersion(BaseModel):
    """A version that was made, and what was noticed."""

    version: VersionOut = Field(description="The version.")
    is_new: bool = Field(description="False when it holds the same as the one before: then none was made.")
    findings: list[FindingOut] = Field(description="Warnings; with `on_error=quarantine` errors too.")
    left_out: int = Field(description="How many rows quarantine left out.", examples=[0])
    assumed: int = Field(description="How many cells quarantine emptied.", examples=[0])


class NewDataset(WrittenVersion):
    """A data set that was made."""

    dataset: DatasetOut = Field(description="The data set.")


class TableCounts(BaseModel):
    """How many rows of one table were changed."""

    table: str = Field(description="The table.", examples=["demands"])
    inserted: int = Field(description="Rows that were new.", examples=[0])
    updated: int = Field(description="Rows that were there.", examples=[1])
    deleted: int = Field(description="Rows that were taken out.", examples=[0])
    absent: int = Field(description="Keys of deletes that had no row.", examples=[0])


class AppliedChanges(BaseModel):
    """What a message of changes has led to."""

    version: int = Field(description="The version that holds the changes.", examples=[2])
    sender: str = Field(description="The sender.", examples=["erp-1"])
    sequence_number: int = Field(description="The message.", examples=[1])
    is_repeated: bool = Field(description="The message had come before; nothing was done now.", examples=[False])
    tables: list[TableCounts] = Field(description="What changed; empty when the message is a repeated one.")
    findings: list[FindingOut] = Field(description="Warnings about the data set as it is now.")


class TableDiffOut(BaseModel):
    """How many rows of one table differ."""

    table: str = Field(description="The table.", examples=["demands"])
    added: int = Field(description="Rows that only the later version has.", examples=[0])
    removed: int = Field(description="Rows that only the earlier version has.", examples=[0])
    changed: int = Field(description="Rows with the same key and other cells.", examples=[1])


class RowDiff(BaseModel):
    """One row that differs."""

    change: str = Field(description="added, removed or changed.", examples=["changed"])
    before: dict[str, Any] | None = Field(description="The row in the earlier version.")
    after: dict[str, Any] | None = Field(description="The row in the later version.")


class VersionDiff(BaseModel):
    """What differs between two versions."""

    before: int = Field(description="The earlier version.", examples=[1])
    after: int = Field(description="The later version.", examples=[2])
    tables: list[TableDiffOut] = Field(description="The tables that differ.")
    settings: list[str] = Field(description="The settings that differ.", examples=[[]])
    rows: list[RowDiff] = Field(description="Rows of the table that was asked for, a page of them.")
    next_cursor: str | None = Field(
        description="The `cursor` of the next page; null: this is the last.", examples=[None]
    )


def findings_out(findings: Sequence[Finding]) -> list[FindingOut]:
    """Return findings as they are shown."""
    return [FindingOut(**dataclasses.asdict(finding)) for finding in findings]
