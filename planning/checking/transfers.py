"""Where transferred items come from, read off the tables before there is a plan."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from bom.errors import Severity
from bom.findings import Problem, Remedy

_SCHEMA = {
    "item_id": pl.String,
    "site_id": pl.String,
    "source_site_id": pl.String,
    "table": pl.String,
    "row": pl.Int64,
}


def transfer_sources(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return each transferred item and site with each possible source, and the row that says so.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["A"], "supply_type": ["transfer"], "source_site_id": ["DC"]})
    >>> transfer_sources({"items": items, "sites": pl.DataFrame({"site_id": ["SHOP"]})}).rows()
    [('A', 'SHOP', 'DC', 'items', 0)]
    """
    nodes = _transferred(tables)
    named = nodes.filter(pl.col("source_site_id").is_not_null())
    lanes = _lanes(tables)
    if lanes.is_empty() or named.height == nodes.height:
        return nodes
    open_nodes = nodes.filter(pl.col("source_site_id").is_null()).drop("source_site_id")
    by_item = open_nodes.drop("table", "row").join(
        lanes.filter(pl.col("item_id").is_not_null()), on=["item_id", "site_id"], how="inner"
    )
    by_site = open_nodes.drop("table", "row").join(
        lanes.filter(pl.col("item_id").is_null()).drop("item_id"), on="site_id", how="inner"
    )
    on_lanes = pl.concat([by_item.select(*_SCHEMA), by_site.select(*_SCHEMA)])
    without = open_nodes.join(on_lanes, on=["item_id", "site_id"], how="anti")
    without = without.with_columns(pl.lit(None, pl.String).alias("source_site_id")).select(*_SCHEMA)
    return pl.concat([named, on_lanes, without])


def transfers_without_source(sources: pl.DataFrame) -> list[Problem]:
    """Return the warnings about transferred items that come from nowhere, one per row that declares them.

    Parameters
    ----------
    sources
        What :func:`transfer_sources` gives.
    """
    lacking = sources.filter(pl.col("source_site_id").is_null())
    if lacking.is_empty():
        return []
    rows = (
        lacking.group_by("table", "row").agg(pl.col("item_id").first(), pl.col("site_id").sort()).sort("table", "row")
    )
    problems: list[Problem] = []
    for (table,), group in rows.group_by("table", maintain_order=True):
        pairs = group.select("item_id", pl.col("site_id").list.head(10).list.join(", ")).head(1000).rows()
        problems.append(
            Problem(
                "no_source",
                str(table),
                "source_site_id",
                "the item is transferred, but has no source and no lane: nothing can be ordered",
                group.get_column("row").to_numpy().astype("int64"),
                tuple(item for item, _ in pairs),
                tuple(
                    f"{item} is transferred to {sites}, but has no source_site_id and no lane: nothing can be ordered"
                    for item, sites in pairs
                ),
                Severity.WARNING,
                Remedy.NOTHING,
            )
        )
    return problems


def site_ids(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the ids of the sites: MAIN without the table; none when the table lacks the column, which is a finding.

    Examples
    --------
    >>> site_ids({}).rows(), site_ids({"sites": pl.DataFrame()}).rows()
    ([('MAIN',)], [])
    """
    frame = tables.get("sites")
    if frame is None:
        return pl.DataFrame({"site_id": ["MAIN"]})
    return frame.select("site_id") if "site_id" in frame.columns else pl.DataFrame(schema={"site_id": pl.String})


def _transferred(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the transferred items and sites with the source that their own rows name, if any."""
    if not any(_has_transfers(tables.get(name)) for name in ("items", "item_sites")):
        return pl.DataFrame(schema=_SCHEMA)
    items = _parameters(tables, "items")
    overrides = _parameters(tables, "item_sites")
    sites = site_ids(tables)
    at_sites = (
        items.filter(pl.col("supply_type") == "transfer")
        .drop("site_id")
        .join(sites, how="cross")
        .join(overrides, on=["item_id", "site_id"], how="anti")
        .with_columns(pl.lit("items").alias("table"))
    )
    over = overrides.join(items.drop("site_id", "row"), on="item_id", how="left", suffix="_of_item").with_columns(
        pl.coalesce("supply_type", "supply_type_of_item").alias("supply_type"),
        pl.coalesce("source_site_id", "source_site_id_of_item").alias("source_site_id"),
        pl.col("source_site_id").is_not_null().alias("names_source"),
        pl.lit("item_sites").alias("table"),
    )
    over = over.filter(pl.col("supply_type") == "transfer")
    # an item that is transferred from one site to all others is made or bought there, unless the site's own row says so
    is_elsewhere = (pl.col("source_site_id") != pl.col("site_id")).fill_null(True)
    at_sites = at_sites.filter(is_elsewhere)
    over = over.filter(is_elsewhere | pl.col("names_source"))
    return pl.concat([at_sites.select(*_SCHEMA), over.select(*_SCHEMA)])


def _has_transfers(frame: pl.DataFrame | None) -> bool:
    """Return whether some row says that its item is transferred."""
    if frame is None or "supply_type" not in frame.columns:
        return False
    return bool((frame.get_column("supply_type") == "transfer").any())


def _parameters(tables: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    """Return item, site, supply type and source of the rows of items or item_sites, with their row numbers."""
    frame = tables.get(name, pl.DataFrame())
    names = ("item_id", "site_id", "supply_type", "source_site_id")
    cells = [
        frame.get_column(column) if column in frame.columns else pl.Series(column, [None] * frame.height, pl.String)
        for column in names
    ]
    read = pl.DataFrame(cells).with_columns(
        pl.col("site_id").fill_null("MAIN"), pl.int_range(pl.len(), dtype=pl.Int64).alias("row")
    )
    return read.filter(pl.col("item_id").is_not_null())


def _lanes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the transfer lanes in the schema of the sources."""
    frame = tables.get("transfer_lanes", pl.DataFrame())
    if not {"from_site_id", "to_site_id"} <= set(frame.columns):
        return pl.DataFrame(schema=_SCHEMA)
    item = pl.col("item_id") if "item_id" in frame.columns else pl.lit(None, pl.String).alias("item_id")
    return frame.select(
        item,
        pl.col("to_site_id").alias("site_id"),
        pl.col("from_site_id").alias("source_site_id"),
        pl.lit("transfer_lanes").alias("table"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
    )
