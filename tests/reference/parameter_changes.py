"""Planning parameters that change with time: which value is in force on a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from tests.reference.inputs import Inputs, Node, day_number, exact

Default = TypeVar("Default")


@dataclass(frozen=True)
class Changes:
    """The changes of one node: by parameter its values by the day from which they are in force."""

    by_parameter: dict[str, dict[int, Fraction]] = field(default_factory=dict)

    def on(self, parameter: str, day: int, otherwise: Default) -> Fraction | Default:
        """Return the value of a parameter on a day."""
        days = [start for start in self.by_parameter.get(parameter, {}) if start <= day]
        return self.by_parameter[parameter][max(days)] if days else otherwise


def read_changes(inputs: Inputs, node: Node) -> Changes:
    """Return the changes of a node; where a row for the site and one for every site start together, the site's."""
    found: dict[str, dict[int, Fraction]] = {}
    for is_of_site in (False, True):
        for row in inputs.rows("parameter_changes"):
            if row["item_id"] != node[0] or row.get("site_id") != (node[1] if is_of_site else None):
                continue
            day, name = day_number(row["effective_from"]), row["parameter"]
            is_late = inputs.horizon_end is not None and day > inputs.horizon_end
            if not (name == "safety_stock" and is_late):
                found.setdefault(name, {})[day] = exact(row["value"])
    return Changes(found)
