"""What the commands of ``lotwright bom`` work on: a checked data set, a day, a site, an item."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from api.io.dataset import read_dataset
from bom.errors import PlanningError
from bom.structure import ProductStructure, build_structure
from planning.checks import validate
from planning.data import PlanningData
from planning.options import MrpOptions

_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class BomData:
    """A checked data set with the day and the site that a command asks about."""

    data: PlanningData
    on: date
    site: str

    def structure(self, on: date | None = None, bom_lines: pl.DataFrame | None = None) -> ProductStructure:
        """Return the bills in force, on another day or of other lines where they are given."""
        return build_structure(
            self.data.table("items"),
            self.data.table("bom_lines") if bom_lines is None else bom_lines,
            on or self.on,
            self.site,
            self.data.table("item_sites"),
            MrpOptions.from_mapping(self.data.settings.mrp).scrap_convention,
        )

    def check_item(self, item_id: str) -> None:
        """Do nothing when there is such an item.

        Raises
        ------
        PlanningError
            ``unknown_item``, with the nearest ids.
        """
        known = self.data.table("items")["item_id"]
        if known.index_of(item_id) is None:
            near = nearest_ids(item_id, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise PlanningError("unknown_item", f"there is no item {item_id}{hint}")


def nearest_ids(item_id: str, known: pl.Series) -> list[str]:
    """Return up to three of the known ids that are most like one that is not known, whatever their case.

    Of more than 20,000 ids only those that begin with the same two characters are looked at: each takes some 30 us.

    Examples
    --------
    >>> nearest_ids("bik", pl.Series(["BIKE", "WHEEL"]))
    ['BIKE']
    """
    by_folded = {name.casefold(): name for name in reversed(known.to_list())}
    folded = item_id.casefold()
    if len(by_folded) > _LOOKED_AT:
        by_folded = {key: name for key, name in by_folded.items() if key[:2] == folded[:2]}
    candidates = list(by_folded)[:_LOOKED_AT]
    return [by_folded[key] for key in difflib.get_close_matches(folded, candidates, n=3)]


def read_bom_data(path: Path, on: str | None, site: str | None) -> BomData:
    """Return the checked data set at ``path``.

    Raises
    ------
    DatasetError
        When the path is not a data set.
    DataError
        When the data set has errors.
    PlanningError
        When the day cannot be read or there is no such site.
    """
    raw = read_dataset(path)
    day = None if on is None else read_day("--on", on)
    # The planning date is not needed when the day is given, and a bill can be asked for without one.
    settings = raw.settings if day is None else {"as_of": day, **raw.settings}
    data = validate(raw.tables, settings, problems=raw.problems).data
    return BomData(data, day or data.settings.as_of, _known_site(data, site))


def read_day(option: str, text: str) -> date:
    """Return the date that an option gives.

    Raises
    ------
    PlanningError
        When it is not a date.

    Examples
    --------
    >>> read_day("--on", "2026-11-22")
    datetime.date(2026, 11, 22)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PlanningError("unreadable_date", f"{option} {text} is not a date; write year-month-day") from None


def _known_site(data: PlanningData, site: str | None) -> str:
    """Return the site asked for; without one the only site, else MAIN."""
    sites = data.table("sites")["site_id"].to_list() or ["MAIN"]
    wanted = site or (sites[0] if len(sites) == 1 else "MAIN")
    if wanted not in sites:
        raise PlanningError("unknown_site", f"there is no site {wanted}; give --site, one of", sites)
    return wanted
