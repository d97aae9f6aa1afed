"""The yardstick: what polars alone needs to read a data set's files and to write the plan's orders again.

Run as ``python -m benchmarks.baseline DATASET PLANNED_ORDERS OUT SECONDS``; the last is a JSON file.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import polars as pl


def main(dataset: Path, planned_orders: Path, out: Path, seconds: Path) -> None:
    """Read every Parquet file of the data set, then read the orders and time how long it takes to write them."""
    started = time.perf_counter()
    frames = [pl.read_parquet(path) for path in sorted(dataset.glob("*.parquet"))]
    read = time.perf_counter()
    orders = pl.read_parquet(planned_orders)
    loaded = time.perf_counter()
    orders.write_parquet(out)
    written = time.perf_counter()
    rows = sum(frame.height for frame in frames)
    seconds.write_text(json.dumps({"rows": rows, "read_seconds": read - started, "write_seconds": written - loaded}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]))
