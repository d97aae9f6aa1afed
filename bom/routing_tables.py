"""The tables of routings: work centers and operations."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table
from bom.tables import EFFECTIVE_FROM, EFFECTIVE_TO, EFFECTIVITY, ITEM_ID, SITE_ID

_S, _I, _F, _B, _D = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE
_UNIT = "stock unit"

WORK_CENTERS = Table(
    "work_centers",
    "Where operations are done.",
    (
        Column("work_center_id", _S, "The work center.", is_required=True),
        SITE_ID,
        Column("description", _S, "What it is called."),
        Column("calendar_id", _S, "Its working hours; empty: the site's, else every day.", references="calendars"),
        Column("units", _F, "Parallel machines or people.", "machines", default=1.0, minimum=0),
        Column(
            "efficiency_fraction",
            _F,
            "Standard minutes done per minute worked.",
            "fraction",
            default=1.0,
            minimum=0,
            is_minimum_open=True,
        ),
        Column(
            "utilization_fraction",
            _F,
            "Part of the working time that is available.",
            "fraction",
            default=1.0,
            minimum=0,
            maximum=1,
        ),
        Column("cost_per_hour", _F, "Cost of one machine or labour hour.", "money per hour", default=0.0, minimum=0),
        Column("overtime_cost_per_hour", _F, "Cost of one hour beyond the calendar.", "money per hour", minimum=0),
        Column(
            "overtime_hours_per_day",
            _F,
            "Hours that can be added to a working day.",
            "hours",
            default=0.0,
            minimum=0,
            maximum=24,
        ),
        Column("is_finite", _B, "Its capacity is a limit, not only a measure.", default=True),
        Column("labor_skill_id", _S, "The skill that its operators need."),
    ),
    key=("work_center_id",),
)

LABOR_SKILLS = Table(
    "labor_skills",
    "The people who can run work centers, by skill: a finite schedule never needs more of them at a time.",
    (
        Column("labor_skill_id", _S, "The skill, as work centers name it.", is_required=True),
        Column("description", _S, "What it is called."),
        Column("people", _I, "How many have it; empty: they are no limit.", "people", minimum=0),
    ),
    key=("labor_skill_id",),
)

OPERATIONS = Table(
    "operations",
    "The routing of an item: the steps in which it is made.",
    (
        ITEM_ID,
        Column("site_id", _S, "The site; empty means MAIN.", default="MAIN", references="sites"),
        Column(
            "operation_sequence",
            _I,
            "The order of the steps; equal numbers are alternates.",
            is_required=True,
            minimum=0,
        ),
        Column("work_center_id", _S, "Where the step is done.", is_required=True, references="work_centers"),
        Column("alternate_priority", _I, "Order among alternates; 1 comes first.", default=1, minimum=1),
        Column("setup_minutes", _F, "Once per order.", "minutes", default=0.0, minimum=0),
        Column("run_minutes_per_unit", _F, "For each unit started.", "minutes per stock unit", default=0.0, minimum=0),
        Column("queue_minutes", _F, "Waiting before the step.", "minutes", default=0.0, minimum=0),
        Column("wait_minutes", _F, "Waiting after the step, such as drying.", "minutes", default=0.0, minimum=0),
        Column("move_minutes", _F, "Way to the next step.", "minutes", default=0.0, minimum=0),
        Column(
            "transfer_batch_quantity",
            _F,
            "Units passed on before the lot is done; empty: the whole lot.",
            _UNIT,
            minimum=0,
            is_minimum_open=True,
        ),
        Column(
            "yield_fraction",
            _F,
            "Good output per unit started in the step.",
            "fraction",
            default=1.0,
            minimum=0,
            is_minimum_open=True,
            maximum=1,
        ),
        Column("setup_group", _S, "What the machine must be set up for."),
        EFFECTIVE_FROM,
        EFFECTIVE_TO,
    ),
    ordered_pairs=EFFECTIVITY,
)
