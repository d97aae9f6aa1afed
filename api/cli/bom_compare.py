"""The two sides of ``lotwright bom compare``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from api.cli.bom_data import BomData
from bom.compare import compare_bills, compare_explosions
from bom.effectivity import lines_in_force, with_revision
from bom.explosion import explode_summarised


@dataclass(frozen=True, slots=True)
class Side:
    """The bill of an item on a day; with a revision, the lines of that revision on whatever day."""

    item_id: str
    on: date
    revision: str | None

    @property
    def text(self) -> str:
        """The side in words."""
        return f"{self.item_id} " + (f"on {self.on}" if self.revision is None else f"revision {self.revision}")


def compare_sides(asked: BomData, old: Side, new: Side, is_summarised: bool) -> pl.DataFrame:
    """Return what differs between two bills, line by line or in their totals over all levels.

    Raises
    ------
    PlanningError
        When there is no such item or revision.
    """
    for side in (old, new):
        asked.check_item(side.item_id)
    if is_summarised:
        return compare_explosions(_explosion(asked, old), _explosion(asked, new))
    old_lines, new_lines = (
        lines_in_force(_bom_lines(asked, side), side.on, asked.site, alternates="all") for side in (old, new)
    )
    return compare_bills(old_lines, new_lines, old.item_id, new.item_id)


def _bom_lines(asked: BomData, side: Side) -> pl.DataFrame:
    """Return the table bom_lines, with the side's revision when it has one."""
    bom_lines = asked.data.table("bom_lines")
    return bom_lines if side.revision is None else with_revision(bom_lines, side.item_id, side.revision)


def _explosion(asked: BomData, side: Side) -> pl.DataFrame:
    """Return the totals for one unit."""
    return explode_summarised(asked.structure(side.on, _bom_lines(asked, side)), side.item_id, is_rounded=False)
