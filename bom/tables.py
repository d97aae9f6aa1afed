"""The tables of the product structure: items, sites and bills of material."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table

_S, _I, _F, _B, _D = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE

ITEM_ID = Column("item_id", _S, "The item.", is_required=True, references="items")
SITE_ID = Column("site_id", _S, "The site; empty means MAIN.", default="MAIN", references="sites")
EFFECTIVE_FROM = Column("effective_from", _D, "First day on which the row is in force; empty: always was.")
EFFECTIVE_TO = Column("effective_to", _D, "First day on which the row is no longer in force; empty: no end.")
EFFECTIVITY = (("effective_from", "effective_to"),)

SUPPLY_TYPES = ("make", "buy", "transfer")
LOT_SIZING_RULES = (
    "lot_for_lot",
    "fixed_order_quantity",
    "economic_order_quantity",
    "period_of_supply",
    "period_order_quantity",
    "order_up_to",
    "least_unit_cost",
    "least_total_cost",
    "part_period_balancing",
    "silver_meal",
    "groff",
    "wagner_whitin",
)
# Those that weigh the ordering cost against the holding cost.
COST_RULES = (
    "economic_order_quantity",
    "period_order_quantity",
    "least_unit_cost",
    "least_total_cost",
    "part_period_balancing",
    "silver_meal",
    "groff",
    "wagner_whitin",
)

_UNIT = "stock unit"
MINIMUM_ORDER_QUANTITY = Column(
    "minimum_order_quantity", _F, "A smaller order is raised to it.", _UNIT, default=0.0, minimum=0
)
ORDER_MULTIPLE = Column(
    "order_multiple", _F, "Orders are rounded up to a multiple of it; 0: none.", _UNIT, default=0.0, minimum=0
)
MAXIMUM_ORDER_QUANTITY = Column(
    "maximum_order_quantity",
    _F,
    "A larger order is cut at it; empty: none.",
    _UNIT,
    minimum=0,
    is_minimum_open=True,
)
LOT_LIMITS = (
    ("minimum_order_quantity", "maximum_order_quantity"),
    ("order_multiple", "maximum_order_quantity"),
)

PLANNING_PARAMETERS: tuple[Column, ...] = (
    Column(
        "supply_type",
        _S,
        "How the item is replenished there; empty: make if it is a BOM parent there, else buy.",
        choices=SUPPLY_TYPES,
    ),
    Column("is_phantom", _B, "Blown through: its lines join the parent's order.", default=False),
    Column("is_planned", _B, "False: nothing can replenish it, it only runs short.", default=True),
    Column("lead_time_days", _I, "Days from release to receipt.", "days", default=0, minimum=0),
    Column(
        "lead_time_unit",
        _S,
        "What kind of days the lead time counts.",
        default="working",
        choices=("working", "calendar"),
    ),
    Column(
        "lead_time_days_per_unit",
        _F,
        "Days added per unit ordered; their sum is rounded up.",
        "days per stock unit",
        default=0.0,
        minimum=0,
    ),
    Column(
        "safety_lead_time_days",
        _I,
        "Days by which an order is due before its need.",
        "days",
        default=0,
        minimum=0,
    ),
    Column("safety_stock", _F, "Floor under the projected available balance.", _UNIT, default=0.0, minimum=0),
    Column("lot_sizing_rule", _S, "How a shortage becomes orders.", default="lot_for_lot", choices=LOT_SIZING_RULES),
    Column(
        "fixed_order_quantity",
        _F,
        "The lot of fixed_order_quantity.",
        _UNIT,
        minimum=0,
        is_minimum_open=True,
    ),
    Column(
        "period_of_supply_days",
        _I,
        "The window of period_of_supply, in calendar days.",
        "days",
        minimum=1,
    ),
    Column("order_up_to_level", _F, "The level that order_up_to orders to.", _UNIT, minimum=0),
    Column("order_point", _F, "order_up_to orders below it; empty: below the floor only.", _UNIT, minimum=0),
    MINIMUM_ORDER_QUANTITY,
    ORDER_MULTIPLE,
    MAXIMUM_ORDER_QUANTITY,
    Column("ordering_cost", _F, "Cost of placing one order.", "money per order", default=0.0, minimum=0),
    Column(
        "holding_cost_per_unit_day",
        _F,
        "Cost of holding one unit a day; empty: unit_cost x holding_rate_per_year / 365.",
        "money per stock unit and day",
        minimum=0,
    ),
    Column(
        "yield_fraction",
        _F,
        "Good output per unit started.",
        "fraction",
        default=1.0,
        minimum=0,
        is_minimum_open=True,
        maximum=1,
    ),
    Column("demand_time_fence_days", _I, "Working days in which forecast is ignored.", "days", default=0, minimum=0),
    Column(
        "planning_time_fence_days",
        _I,
        "Working days in which no new order is due.",
        "days",
        default=0,
        minimum=0,
    ),
    Column("supplier_id", _S, "The supplier of a bought item.", references="suppliers"),
    Column("source_site_id", _S, "The site that a transferred item comes from.", references="sites"),
    Column("shelf_life_days", _I, "Days after receipt on which a lot expires.", "days", minimum=1),
    Column(
        "planning_method",
        _S,
        "mrp: netted against a floor; ddmrp: a buffer, replenished to the top of its green zone.",
        default="mrp",
        choices=("mrp", "ddmrp"),
    ),
    Column(
        "average_daily_usage",
        _F,
        "Of a buffer; empty: that of the requirements in the window of usage_window_days.",
        "stock unit per day",
        minimum=0,
    ),
    Column(
        "decoupled_lead_time_days",
        _F,
        "Of a buffer; empty: its own and the longest of those below it down to the next buffers.",
        "days",
        minimum=0,
    ),
    Column(
        "lead_time_factor",
        _F,
        "Part of the usage over the lead time that is red base and green.",
        default=0.5,
        minimum=0,
    ),
    Column("variability_factor", _F, "Part of the red base that is red safety.", default=0.5, minimum=0),
    Column("order_cycle_days", _F, "Days of usage that green covers at least.", "days", default=0.0, minimum=0),
    Column(
        "spike_horizon_days",
        _I,
        "Calendar days ahead in which a buffer sees spikes; empty: the decoupled lead time.",
        "days",
        minimum=0,
    ),
    Column(
        "spike_threshold",
        _F,
        "A day that needs more than this part of the red zone is a spike.",
        "fraction",
        default=0.5,
        minimum=0,
    ),
)


def _overrides(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns without defaults: an empty cell falls back to the item's value."""
    return tuple(
        Column(
            c.name,
            c.dtype,
            c.description,
            c.unit,
            False,
            None,
            c.choices,
            c.minimum,
            c.is_minimum_open,
            c.maximum,
            c.references,
        )
        for c in columns
    )


ITEMS = Table(
    "items",
    "What is planned, with its planning parameters at every site.",
    (
        Column("item_id", _S, "The item.", is_required=True),
        Column("description", _S, "What it is called."),
        Column("unit", _S, "Its stock unit.", default="EA"),
        Column(
            "quantity_decimals",
            _I,
            "Decimals of its quantities: a dependent requirement is rounded up, a by-product down; empty: not rounded.",
            minimum=0,
            maximum=9,
        ),
        Column("family", _S, "The product family."),
        Column(
            "forecast_item_id",
            _S,
            "The item, such as a planning item of the family, whose forecast its orders consume after its own.",
            references="items",
        ),
        Column("planner_id", _S, "Who plans it."),
        Column("abc_class", _S, "Its class in the ABC analysis."),
        Column("unit_cost", _F, "Cost of one unit.", "money per stock unit", default=0.0, minimum=0),
        Column("unit_price", _F, "Sales price of one unit.", "money per stock unit", default=0.0, minimum=0),
        *PLANNING_PARAMETERS,
    ),
    key=("item_id",),
    ordered_pairs=LOT_LIMITS,
    carries_extra=True,
)

ITEM_SITES = Table(
    "item_sites",
    "Planning parameters of an item at one site, over those of items; an empty cell falls back to items.",
    (
        ITEM_ID,
        Column("site_id", _S, "The site; empty means MAIN.", is_required=True, default="MAIN", references="sites"),
        *_overrides(PLANNING_PARAMETERS),
    ),
    key=("item_id", "site_id"),
    ordered_pairs=LOT_LIMITS,
    carries_extra=True,
)

SITES = Table(
    "sites",
    "Where items are made, bought and stocked. Without this table there is one site, MAIN.",
    (
        Column("site_id", _S, "The site.", is_required=True),
        Column("description", _S, "What it is called."),
        Column("calendar_id", _S, "Its working days; empty: every day.", references="calendars"),
    ),
    key=("site_id",),
)

BOM_LINES = Table(
    "bom_lines",
    "What one parent item is made of: one component per line.",
    (
        Column("parent_item_id", _S, "The item that is made.", is_required=True, references="items"),
        Column("component_item_id", _S, "The item that goes into it.", is_required=True, references="items"),
        Column(
            "quantity_per",
            _F,
            "Units of component per unit of parent started; negative: a by-product.",
            "stock unit per stock unit",
            default=1.0,
        ),
        Column("quantity_fixed", _F, "Units per order, whatever its size.", _UNIT, default=0.0),
        Column(
            "scrap_fraction",
            _F,
            "Part of the component that is lost on the way in.",
            "fraction",
            default=0.0,
            minimum=0,
            maximum=0.999999,
        ),
        Column("site_id", _S, "The site where the line is used; empty: every site.", references="sites"),
        EFFECTIVE_FROM,
        EFFECTIVE_TO,
        Column("offset_days", _I, "Working days after release at which it is needed.", "days", default=0),
        Column("at_end", _B, "Needed at the due date, not at release.", default=False),
        Column("operation_sequence", _I, "The operation that uses it.", minimum=0),
        Column("alternate_group", _S, "Lines of one parent with the same group are alternates."),
        Column("alternate_priority", _I, "Order among alternates; 1 comes first.", default=1, minimum=1),
        Column(
            "usage_fraction",
            _F,
            "Part of the parent's units that use the line.",
            "fraction",
            default=1.0,
            minimum=0,
            maximum=1,
        ),
        Column("line_id", _S, "Names the line; empty: generated."),
        Column("revision", _S, "The revision of the parent's bill that the line belongs to."),
    ),
    key=("line_id",),
    ordered_pairs=EFFECTIVITY,
)
