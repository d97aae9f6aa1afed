"""Work centers as machines: parallel units, speed, open time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.codes import codes_of
from planning.loading.encode import LoadingModel

_MOST_UNITS_WITHOUT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Places:
    """The work centers of a plan as machines, in the order of their table.

    Parameters
    ----------
    units
        int64, shape (n_work_centers,): whole units, those of the table rounded up.
    seconds_per_minute
        float64, shape (n_work_centers,): what a unit takes for a standard minute.
    is_finite
        bool, shape (n_work_centers,): its capacity is a limit.
    is_open
        bool, shape (n_work_centers,): it has units, working time, utilization and people.
    calendar
        int32, shape (n_work_centers,): the calendar of the plan's working time; -1: it never rests.
    skill
        int32, shape (n_work_centers,): the skill whose people are a limit, as a row of ``people``; -1: none.
    people
        int64, shape (n_skills,).
    skill_ids
        The skills.
    """

    units: NDArray[np.int64]
    seconds_per_minute: NDArray[np.float64]
    is_finite: NDArray[np.bool_]
    is_open: NDArray[np.bool_]
    calendar: NDArray[np.int32]
    skill: NDArray[np.int32]
    people: NDArray[np.int64]
    skill_ids: list[str]


def find_places(data: PlanningData, loading: LoadingModel) -> Places:
    """Return the work centers as machines.

    Notes
    -----
    A unit does ``efficiency x utilization x units / whole units`` standard minutes in a minute, so that all of them do
    what ``available_minutes`` of the loads says. What is no limit gets as many units as it can use, 100 at most.
    """
    centers = loading.centers
    given, utilization = centers.column("units"), centers.column("utilization_fraction")
    whole = np.maximum(np.ceil(given - 1e-9), 1.0)
    is_finite = centers.frame["is_finite"].to_numpy().copy()
    calendar = centers.rows["calendar"].astype(np.int32)
    skills = data.filled("labor_skills", ["labor_skill_id", "people"]).drop_nulls("people")
    skill, people = codes_of(centers.frame["labor_skill_id"], skills["labor_skill_id"]), skills["people"].to_numpy()
    is_staffed = (skill < 0) | (np.append(people, 1)[skill] > 0)
    is_open = is_staffed & (given > 0) & (utilization > 0) & (np.diff(loading.times.indptr)[calendar] > 0)
    speed = centers.column("efficiency_fraction") * np.where(
        is_finite, utilization * given / whole, np.where(utilization > 0, utilization, 1.0)
    )
    return Places(
        np.where(is_finite, whole, _MOST_UNITS_WITHOUT_LIMIT).astype(np.int64),
        60.0 / np.where(speed > 0, speed, 1.0),
        is_finite,
        is_open,
        np.where(calendar == loading.times.always, -1, calendar).astype(np.int32),
        skill,
        people.astype(np.int64),
        skills["labor_skill_id"].to_list(),
    )


def open_intervals(loading: LoadingModel, calendar: int) -> list[tuple[int, int]]:
    """Return the working time of a calendar in seconds from the start of ``as_of`` on."""
    inside = slice(int(loading.times.indptr[calendar]), int(loading.times.indptr[calendar + 1]))
    return list(zip(loading.times.starts[inside].tolist(), loading.times.ends[inside].tolist(), strict=True))
