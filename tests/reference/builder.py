"""A random case under construction: its draws, and the rows so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

Choice = TypeVar("Choice")


@dataclass
class Builder:
    """A case under construction."""

    random: Random
    as_of: date
    items: list[str]
    sites: list[str]
    step: float
    richness: float  # how often a feature is used
    options: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def often(self, probability: float, *options: str) -> float:
        """Return the probability, or a higher one when the case has an option to which the feature matters."""
        return max(probability, 0.7) if any(name in self.options for name in options) else probability

    def chance(self, probability: float) -> bool:
        """Return true that often, less in a plain case."""
        return self.random.random() < probability * self.richness

    def pick(self, values: Sequence[Choice]) -> Choice:
        """Return one of the values."""
        return self.random.choice(values)

    def maybe(self, probability: float, values: Sequence[Choice]) -> Choice | None:
        """Return one of the values, or none of them."""
        return self.pick(values) if self.chance(probability) else None

    def amount(self, low: int, high: int) -> float:
        """Return a quantity in the case's step."""
        step = self.step if self.random.random() < 0.8 else 1
        return round(self.random.randint(round(low / step), round(high / step)) * step, 2)

    def day(self, first: int, last: int) -> date:
        """Return a date so many days from as_of."""
        return self.as_of + timedelta(days=self.random.randint(first, last))

    def site_cell(self, site: str) -> str | None:
        """Return a site as a cell has it: MAIN may stay empty."""
        return None if site == "MAIN" and self.random.random() < 0.3 else site

    def add(self, table: str, **cells: Any) -> None:
        """Add a row."""
        self.tables.setdefault(table, []).append(cells)

    def depth(self, item: str) -> int:
        """Return the longest path to the item in the bills so far."""
        lines = [row for row in self.tables.get("bom_lines", []) if row["component_item_id"] == item]
        return max((1 + self.depth(row["parent_item_id"]) for row in lines), default=0)
