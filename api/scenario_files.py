"""Scenarios on disk: one TOML file each, in a folder beside the plan that they start from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import tomlkit

from bom.errors import PlanningError
from planning.scenario import Scenario, ScenarioError

_PLAIN = re.compile(r"\w[\w .-]*")


def scenario_folder(plan: Path) -> Path:
    """Return where the scenarios of a plan are: ``<plan>.scenarios`` beside it.

    Examples
    --------
    >>> scenario_folder(Path("out/january")).as_posix()
    'out/january.scenarios'
    """
    return plan.with_name(f"{plan.name}.scenarios")


def read_scenarios(folder: Path) -> list[Scenario]:
    """Return the scenarios of a folder by file name; none when there is no folder.

    Raises
    ------
    ScenarioError
        When a file is not a scenario, or says another name than its own.
    """
    scenarios = []
    for path in sorted(folder.glob("*.toml")):
        try:
            scenario = Scenario.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, PlanningError) as error:
            raise ScenarioError("unreadable_scenario", f"{path} is not a scenario: {error}") from error
        if scenario.name != path.stem:
            raise ScenarioError("other_name", f"{path} holds a scenario of another name", [scenario.name])
        scenarios.append(scenario)
    return scenarios


def write_scenario(folder: Path, scenario: Scenario) -> Path:
    """Write a scenario and return its file.

    Raises
    ------
    ScenarioError
        When its name cannot be that of a file, or there is a file already.
    """
    if not _PLAIN.fullmatch(scenario.name):
        raise ScenarioError("invalid_name", "a name has letters, digits, spaces, . - and _ only", [scenario.name])
    path = folder / f"{scenario.name}.toml"
    if path.exists():
        raise ScenarioError("name_taken", "there is a scenario of that name", [scenario.name])
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(scenario_text(scenario), encoding="utf-8")
    return path


def scenario_text(scenario: Scenario) -> str:
    """Return the text of a scenario's file.

    Examples
    --------
    >>> print(scenario_text(Scenario("spring", parent="base case")), end="")
    name = "spring"
    parent = "base case"
    author = ""
    note = ""
    edits = []
    """
    document = tomlkit.document()
    for name, value in scenario.as_mapping().items():
        document[name] = value
    if scenario.edits:
        document["edits"].multiline(multiline=True)
    return tomlkit.dumps(document)
