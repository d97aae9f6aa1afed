"""The product structure: tables, the bill of material as a graph, explosions, where-used, lead times and costs."""

from bom.alternates import resolve_alternates
from bom.compare import compare_bills, compare_explosions
from bom.cost import break_down_cost, roll_up_costs, standard_lots
from bom.effectivity import lines_in_force, with_revision
from bom.errors import DataError, Finding, OptionError, PlanningError, Severity
from bom.explosion import explode_indented, explode_single_level, explode_summarised
from bom.graph import BomGraph, CycleError, build_graph, check_for_cycles, find_cycles
from bom.lead_time import cumulative_lead_times, longest_path
from bom.structure import ProductStructure, build_structure
from bom.where_used import where_used_indented, where_used_single_level, where_used_summarised

__all__ = [
    "BomGraph",
    "CycleError",
    "DataError",
    "Finding",
    "OptionError",
    "PlanningError",
    "ProductStructure",
    "Severity",
    "break_down_cost",
    "build_graph",
    "build_structure",
    "check_for_cycles",
    "compare_bills",
    "compare_explosions",
    "cumulative_lead_times",
    "explode_indented",
    "explode_single_level",
    "explode_summarised",
    "find_cycles",
    "lines_in_force",
    "longest_path",
    "resolve_alternates",
    "roll_up_costs",
    "standard_lots",
    "where_used_indented",
    "where_used_single_level",
    "where_used_summarised",
    "with_revision",
]
