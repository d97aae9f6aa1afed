"""Scenarios: named edits on a plan, branches of branches, merged, planned and promoted to data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bom.errors import PlanningError
from bom.hints import did_you_mean
from planning.data import PlanningData
from planning.editing.text import parse_statement
from planning.editing.text_format import format_edit
from planning.edits import Edit, apply_edits
from planning.merge import Branch, Choices, Side, merged_edits
from planning.mrp import MrpResult
from planning.net_change import replan


class ScenarioError(PlanningError):
    """A scenario is unknown, is there already, or hangs in the air."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Edits with a name.

    Parameters
    ----------
    name
        What it is called.
    edits
        What it changes, one after the other.
    parent
        The scenario that it branches off; empty: the base.
    author, note
        Who made it and why; plain texts.
    """

    name: str
    edits: tuple[Edit, ...] = ()
    parent: str = ""
    author: str = ""
    note: str = ""

    def as_mapping(self) -> dict[str, Any]:
        """Return the scenario as texts, as a TOML or JSON file holds it.

        Examples
        --------
        >>> from planning.edits import Change
        >>> Scenario("spring", (Change("demands", (), "quantity", "multiply", 1.2),), note="early").as_mapping()
        {'name': 'spring', 'parent': '', 'author': '', 'note': 'early', 'edits': ['demands: quantity * 1.2']}
        """
        return {
            "name": self.name,
            "parent": self.parent,
            "author": self.author,
            "note": self.note,
            "edits": [format_edit(edit) for edit in self.edits],
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Scenario:
        """Return the scenario that a file holds; ``edits`` are statements of the edit language.

        Raises
        ------
        EditTextError
            When an edit cannot be read.
        ScenarioError
            When the name is missing, or there is something that a scenario does not have.

        Examples
        --------
        >>> Scenario.from_mapping({"name": "spring", "edits": ["demands: quantity * 1.2"]}).edits[0].value
        1.2
        """
        names = ("name", "parent", "author", "note", "edits")
        unknown = [f"{name}{did_you_mean(name, names)}" for name in values if name not in names]
        if unknown:
            raise ScenarioError("unknown_field", f"a scenario has {', '.join(names)}", unknown)
        texts = {name: values.get(name, "") for name in names[:-1]}
        statements = values.get("edits", [])
        wrong = [name for name, value in texts.items() if not isinstance(value, str)]
        if wrong or not isinstance(statements, list) or not all(isinstance(one, str) for one in statements):
            raise ScenarioError("invalid_field", "must be a text, and edits a list of texts", wrong or ["edits"])
        if not texts["name"]:
            raise ScenarioError("missing_name", "a scenario needs a name")
        edits = tuple(edit for statement in statements for edit in parse_statement(statement))
        return cls(texts["name"], edits, texts["parent"], texts["author"], texts["note"])


def chain_of(scenarios: Mapping[str, Scenario], name: str) -> list[Scenario]:
    """Return a scenario and what it branches off, the first of them first; none for an empty name.

    Raises
    ------
    ScenarioError
        When there is no such scenario, or it is its own ancestor.

    Examples
    --------
    >>> tree = {"a": Scenario("a"), "b": Scenario("b", parent="a")}
    >>> [scenario.name for scenario in chain_of(tree, "b")]
    ['a', 'b']
    """
    found: list[Scenario] = []
    while name:
        if name not in scenarios:
            hint = did_you_mean(name, list(scenarios))
            raise ScenarioError("unknown_scenario", f"there is no such scenario{hint}", [name])
        if scenarios[name] in found:
            raise ScenarioError("circle", "scenarios are each other's ancestors", [one.name for one in found])
        found.append(scenarios[name])
        name = found[-1].parent
    return found[::-1]


@dataclass(frozen=True)
class ScenarioTree:
    """The scenarios on one plan. What has been planned is kept: a branch is planned from its nearest planned ancestor.

    Parameters
    ----------
    base
        The plan that all of them start from.
    scenarios
        By name.
    """

    base: MrpResult
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    _planned: dict[str, MrpResult] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, base: MrpResult, scenarios: Iterable[Scenario]) -> ScenarioTree:
        """Return the tree of some scenarios, in whatever order they come.

        Raises
        ------
        ScenarioError
            When two have one name, or a parent is missing or its own descendant.
        """
        by_name: dict[str, Scenario] = {}
        for scenario in scenarios:
            if scenario.name in by_name:
                raise ScenarioError("name_taken", "two scenarios have the name", [scenario.name])
            by_name[scenario.name] = scenario
        tree = cls(base, by_name)
        for name in by_name:
            tree.chain(name)
        return tree

    def chain(self, name: str) -> list[Scenario]:
        """Return a scenario and what it branches off, from the base on; none for the base, which has no name.

        Raises
        ------
        ScenarioError
            When there is no such scenario, or it is its own ancestor.
        """
        return chain_of(self.scenarios, name)

    def edits(self, name: str) -> tuple[Edit, ...]:
        """Return all edits of a scenario, those of its ancestors first."""
        return tuple(edit for scenario in self.chain(name) for edit in scenario.edits)

    def with_scenario(self, scenario: Scenario) -> ScenarioTree:
        """Return the tree with one more scenario; what is planned is shared.

        Raises
        ------
        ScenarioError
            When its name is taken, or its parent is not there.
        """
        if scenario.name in self.scenarios:
            raise ScenarioError("name_taken", "there is a scenario of that name", [scenario.name])
        self.chain(scenario.parent)
        return replace(self, scenarios={**self.scenarios, scenario.name: scenario})

    def plan(self, name: str) -> MrpResult:
        """Return the plan of a scenario; of the base for an empty name.

        Raises
        ------
        DataError
            When an edit cannot be made, or gives data with errors.
        """
        result = self.base
        for scenario in self.chain(name):
            if scenario.name not in self._planned:
                self._planned[scenario.name] = replan(result, scenario.edits) if scenario.edits else result
            result = self._planned[scenario.name]
        return result

    def data(self, name: str) -> PlanningData:
        """Return the data set that a scenario gives: what is written when it is promoted.

        Raises
        ------
        DataError
            When an edit cannot be made, or gives data with errors.
        """
        if name in self._planned:
            return self._planned[name].model.data
        return apply_edits(self.base.model.data, self.edits(name))

    def common_ancestor(self, a: str, b: str) -> str:
        """Return the last scenario that two branches share; empty for the base."""
        others = {scenario.name for scenario in self.chain(b)}
        shared = [scenario.name for scenario in self.chain(a) if scenario.name in others]
        return shared[-1] if shared else ""

    def merge(self, a: str, b: str, name: str, choices: Choices | Side | None = None, **texts: str) -> ScenarioTree:
        """Return the tree with a branch of the common ancestor of two scenarios that does what both do.

        Parameters
        ----------
        a, b
            The scenarios.
        name
            The new one.
        choices
            Which side wins, for each conflict by (table, key, column), or for all of them.
        **texts
            ``author`` and ``note``.

        Raises
        ------
        MergeConflictError
            When both change a cell differently and no side is chosen; ``conflicts`` lists the cells.
        DataError
            When the merged data set has errors.
        ScenarioError
            When a scenario is not there, or the name is taken.
        """
        ancestor = self.common_ancestor(a, b)
        start = len(self.edits(ancestor))
        branches = [Branch(self.edits(side)[start:], self.data(side)) for side in (a, b)]
        edits = merged_edits(self.data(ancestor), branches[0], branches[1], choices)
        return self.with_scenario(Scenario(name, edits, ancestor, **texts))
