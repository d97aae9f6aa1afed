"""Safety-stock proposals taken over into the data set, those that the planner has accepted."""

from __future__ import annotations

import polars as pl

from bom.checks import check_values, conform, duplicate_keys
from bom.errors import DataError, Severity
from bom.findings import findings_of
from planning.data import PlanningData
from planning.edits import Upsert, apply_edits
from planning.safety_stock import SAFETY_STOCK_PROPOSALS


def accept_safety_stock(data: PlanningData, proposals: pl.DataFrame) -> PlanningData:
    """Return the data set with the accepted safety stocks, as the site's own values in ``item_sites``.

    Parameters
    ----------
    data
        The data set.
    proposals
        The table ``safety_stock_proposals``; rows with ``is_accepted`` = true are taken over. Texts are read as the
        declared dtypes, so that it can come from a file that a planner has edited.

    Raises
    ------
    DataError
        When the proposals cannot be read or name an unknown item or site, with all findings.
    """
    table = SAFETY_STOCK_PROPOSALS
    conformed = conform(proposals, table)
    problems = [*conformed.problems, *check_values(conformed.frame, table), *duplicate_keys(conformed.frame, table)]
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise DataError(findings_of(problems, [table.name]))
    rows = table.filled(conformed.frame, ["item_id", "site_id", "safety_stock", "is_accepted"])
    accepted = rows.filter(pl.col("is_accepted").fill_null(False), pl.col("safety_stock").is_not_null())
    if accepted.is_empty():
        return data
    return apply_edits(data, [Upsert("item_sites", accepted.drop("is_accepted"))])
