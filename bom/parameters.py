"""What an item is like at one site: its own parameters, overridden by those of the site."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from bom.tables import ITEM_SITES, ITEMS, PLANNING_PARAMETERS

_AT_SITES = {column.name for column in PLANNING_PARAMETERS}


def item_parameters(
    items: pl.DataFrame, names: Sequence[str], item_sites: pl.DataFrame | None = None, site: str = "MAIN"
) -> pl.DataFrame:
    """Return one row per item, in the order of items: its id and the named columns at the site, defaults filled.

    Parameters
    ----------
    items
        The table items.
    names
        Columns of items.
    item_sites
        The table item_sites; an empty cell in it falls back to the item's value.
    site
        The site.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel"], "lead_time_days": [5, None]})
    >>> at_sites = pl.DataFrame({"item_id": ["bike"], "site_id": ["NORTH"], "lead_time_days": [9]})
    >>> item_parameters(items, ["lead_time_days"], at_sites, "NORTH").rows()
    [('bike', 9), ('wheel', 0)]
    """
    at_items = ITEMS.filled(items, ["item_id", *names])
    overridden = [name for name in names if name in _AT_SITES and item_sites is not None and name in item_sites.columns]
    if item_sites is None or not overridden:
        return at_items
    here = ITEM_SITES.filled(item_sites, ["item_id", "site_id", *overridden]).filter(pl.col("site_id") == site)
    joined = at_items.join(here, on="item_id", how="left", suffix="_at_site", maintain_order="left")
    return joined.select("item_id", *[_value(name, name in overridden) for name in names])


def _value(name: str, is_overridden: bool) -> pl.Expr:
    """Return the site's value where there is one, else the item's."""
    return pl.coalesce(f"{name}_at_site", name).alias(name) if is_overridden else pl.col(name)
