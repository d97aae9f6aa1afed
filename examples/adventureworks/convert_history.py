"""Convert the AdventureWorks sales and work orders of the past to demand_history and lead_time_history.

    python examples/adventureworks/convert_history.py SOURCE_DIR [TARGET_DIR]

Beside convert.py, as a plan does not read them: `lotwright safety-stock` does.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import polars as pl
from convert import AS_OF, Source, read_source

N_WEEKS = 52
N_ORDERS = 20
"""Orders of each item of which the lead time is kept: the last ones."""


def demand_history(source: Source) -> pl.DataFrame:
    """Return what was sold of each item in each of the 52 weeks before the planning date, on the week's Monday."""
    history = pl.concat([source["TransactionHistoryArchive"], source["TransactionHistory"]])
    day = pl.col("TransactionDate")
    sales = history.filter(pl.col("TransactionType") == "S", day < AS_OF, day >= AS_OF - timedelta(weeks=N_WEEKS))
    weekly = sales.group_by("item_id", date=day.dt.truncate("1w")).agg(quantity=pl.col("Quantity").sum())
    return weekly.sort("item_id", "date")


def lead_time_history(source: Source) -> pl.DataFrame:
    """Return start and end of the last 20 work orders of each item that had ended by the planning date."""
    ended = source["WorkOrder"].filter(pl.col("EndDate") < AS_OF).sort("item_id", "EndDate", "WorkOrderID")
    last = ended.group_by("item_id", maintain_order=True).tail(N_ORDERS)
    return last.select("item_id", release_date="StartDate", receipt_date="EndDate")


def main() -> None:
    """Write both tables into the folder named second on the command line, else into this file's own folder."""
    source = read_source(Path(sys.argv[1]))
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
    for table in (demand_history, lead_time_history):
        frame = table(source)
        frame.write_csv(target / f"{table.__name__}.csv")
        print(f"{table.__name__}: {frame.height} rows")


if __name__ == "__main__":
    main()
