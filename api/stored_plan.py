"""Plans on disk, opened again: the same data set planned anew with the same options gives the same plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from api.closed_loop import close_loop
from api.io.output import RUN_FILE
from api.levelling import level
from api.plan_run import PlanRequest, error_mode, plan_unwritten, read_input
from bom.errors import OptionError, PlanningError
from planning.checks import validate
from planning.data import PlanningData
from planning.mrp import MrpResult, run_mrp


class StoredPlanError(PlanningError):
    """A folder is not a plan, or no longer what its data set gives."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan folder opened again.

    Parameters
    ----------
    folder
        Where it is.
    run
        What its ``run.json`` says.
    data
        The data set, read and checked again; with the levelled orders and the lead times of a closed loop in it.
    result
        The plan, computed again.
    """

    folder: Path
    run: Mapping[str, Any]
    data: PlanningData
    result: MrpResult


def read_run(folder: Path) -> dict[str, Any]:
    """Return what ``run.json`` of a plan says.

    Raises
    ------
    StoredPlanError
        When the folder is not a plan.
    """
    path = folder / RUN_FILE
    if not path.is_file():
        raise StoredPlanError("not_a_plan", "is not a plan; make one with lotwright plan DATASET --out", [str(folder)])
    run: dict[str, Any] = json.loads(path.read_text())
    return run


def request_of(folder: Path, run: Mapping[str, Any], dataset: Path | None = None) -> PlanRequest:
    """Return the call that made a plan, with another place of its data set when one is given.

    Raises
    ------
    StoredPlanError
        When the plan was made by another version, or its data set is gone.
    """
    engine = f"lotwright {version('lotwright')}"
    call = run.get("call")
    if call is None or run["engine"] != engine:
        reason = f"was made by {run.get('engine', 'another version')}, this is {engine}; plan again"
        raise StoredPlanError("other_version", reason, [str(folder)])
    place = dataset or Path(call["dataset"])
    if not place.exists():
        raise StoredPlanError("data_set_gone", "the plan's data set is not there any more", [str(place)])
    return PlanRequest(
        place,
        folder,
        call["as_of"],
        tuple(call["assignments"]),
        on_error=call["on_error"],
        is_levelled=call.get("is_levelled", False),
        is_closed_loop=call.get("is_closed_loop", False),
    )


def open_plan(folder: Path, dataset: Path | None = None) -> StoredPlan:
    """Return a plan of which only the tables are on disk, with all that netting knows of it.

    Parameters
    ----------
    folder
        A folder that ``lotwright plan`` has written.
    dataset
        Where its data set is, when it has been moved.

    Raises
    ------
    DataError
        When the data set has errors by now.
    DatasetError
        When the data set is not one any more.
    StoredPlanError
        When the folder is not a plan, was made by another version, or its data set has changed.

    Notes
    -----
    Same input, version and options give the same plan, so a plan is opened by planning again: nothing but its tables is
    stored. The hash of the input, in ``run.json``, says whether it is still the same.
    """
    run = read_run(folder)
    request = request_of(folder, run, dataset)
    raw = read_input(request.dataset, request.as_of, request.assignments)
    data = validate(raw.tables, raw.settings, error_mode(request.on_error), problems=raw.problems).data
    if data.fingerprint() != run["input_hash"]:
        reason = "the data set has changed since the plan was made; plan again with lotwright plan"
        raise StoredPlanError("data_set_changed", reason, [str(request.dataset)])
    result = run_mrp(data)
    if request.is_levelled:
        result = level(result).plan
    if request.is_closed_loop:
        result = close_loop(result).plan
    return StoredPlan(folder, run, result.model.data, result)


def plan_at(place: Path, as_of: str | None = None, assignments: Sequence[str] = ()) -> MrpResult:
    """Return the plan in a folder, or that of a data set, for a question; nothing is written.

    Raises
    ------
    OptionError
        When a plan is given another planning date or other options.
    """
    if not (place / RUN_FILE).is_file():
        return plan_unwritten(place, as_of, assignments)
    if assignments or as_of is not None:
        raise OptionError("invalid_option", "a plan has its planning date and mrp options; name its data set")
    return open_plan(place).result
