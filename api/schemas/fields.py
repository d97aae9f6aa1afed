"""Kinds of fields that several resources have."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

from fastapi import Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Note: TypeAlias = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = dict[str, Cell]
Scalar: TypeAlias = str | int | float | bool | date
Settings: TypeAlias = dict[str, Scalar | dict[str, Scalar | list[Scalar] | None] | None]

DatasetId: TypeAlias = Annotated[
    str,
    Path(pattern=r"^ds_[0-9a-z]{26}$", description="The data set.", examples=["ds_06g8m1x3kq9v2w7t5r0ncz4b8e"]),
]
VersionNumber: TypeAlias = Annotated[
    int, Path(ge=1, le=2**31 - 1, description="The number of the version.", examples=[1])
]
TableName: TypeAlias = Annotated[
    str, Path(pattern=r"^[a-z_]{1,40}$", description="The table, as `docs/tables.md` names it.", examples=["items"])
]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=1000, description="The most entries of one page.")]
Cursor: TypeAlias = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9_]{1,100}$", description="`next_cursor` of the page before.")
]
IfMatch: TypeAlias = Annotated[
    str | None, Header(description="The ETag that was read; when it has changed since, the answer is 412.")
]


class Body(BaseModel):
    """What a caller sends: no field but the declared ones."""

    model_config = ConfigDict(extra="forbid")


class FindingOut(BaseModel):
    """One thing noticed in the tables."""

    severity: str = Field(description="`error` or `warning`.", examples=["error"])
    code: str = Field(description="The kind of finding.", examples=["unknown_id"])
    table: str = Field(description="The table.", examples=["demands"])
    column: str = Field(description="The column; empty: the whole row or table.", examples=["item_id"])
    row: int = Field(description="The data row, from 1; 0: the whole table.", examples=[2])
    value: str = Field(description="The value as it was sent.", examples=["BIKE-9"])
    message: str = Field(description="What is wrong and what to do.", examples=["BIKE-9 is not in items"])
    count: int = Field(description="How many rows it stands for.", examples=[1])
