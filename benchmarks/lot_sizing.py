"""Lot sizing measured: cost, bound and gap on published instances after 10 and 60 seconds.

Run as ``python -m benchmarks.lot_sizing [--data FOLDER] [--seconds 10 60] [--threads 2] [--instances G69 ...]``. The
folder has ``trigeiro/*.DAT`` and ``multi_level/class*``; they are not part of the project. Each line is printed when it
is known; with ``--write`` all go to ``benchmarks/results/lot_sizing.json``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from api.kernel_cache import prepare_kernels
from benchmarks.inside import keep_figures

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "shared" / "data" / "scheduling" / "lot_sizing"
# optima by Belvaux and Wolsey 2000
BEST_KNOWN = {"G53": 74634.0, "G57": 136509.0, "G62": 61746.0, "G69": 130596.0, "G72": 287929.0}
# gaps in percent of the facility-location model alone: HiGHS, 60 seconds, 2 threads
MODEL_ALONE = {"G69": 0.16, "G72": 0.0, "X11429A": 4.08, "X21429A": 2.11, "X31429A": 1.28}
TRIGEIRO = ("G53", "G57", "G62", "G69", "G72", "X11429A", "X21429A", "X31429A")
MULTI_LEVEL = ("6AA1111", "6GA1112", "6GC1152")


def measure(data: Path, name: str, seconds: float, threads: int) -> dict[str, Any]:
    """Return what is found for one instance in so many seconds."""
    # numba, which these import, reads where its cache is when it is imported
    from api.io.lot_sizing_files import LotSizingFormat, read_lot_sizing
    from scheduling.lot_sizing.schedule import check
    from scheduling.lot_sizing.search import LotSizingOptions
    from scheduling.lot_sizing_mip import prepare_lot_sizing, solve_lot_sizing

    is_one_level = not name[0].isdigit()
    path = data / "trigeiro" / f"{name}.DAT" if is_one_level else data / "multi_level" / f"class{name[0]}" / name
    problem = read_lot_sizing(path, LotSizingFormat.TRIGEIRO if is_one_level else LotSizingFormat.MLCLSP)
    prepare_lot_sizing(problem)
    processor = time.process_time()
    result = solve_lot_sizing(problem, LotSizingOptions(seconds, threads), clock=time.perf_counter)
    if result.schedule is None or check(problem, result.schedule):
        raise RuntimeError(f"{name}: no lots, or lots that break a rule")
    return {
        "instance": name,
        "limit_seconds": seconds,
        "threads": threads,
        "objective": round(result.objective, 2),
        "bound": round(result.bound, 2),
        "gap_percent": round(100 * result.gap, 3),
        "best_known": BEST_KNOWN.get(name),
        "model_alone_gap_percent": MODEL_ALONE.get(name),
        "seconds": round(result.seconds, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
    }


def line(found: dict[str, Any]) -> str:
    """Return one line of the table."""
    known = "" if found["best_known"] is None else f"{found['best_known']:12,.0f}"
    return (
        f"{found['instance']:9} {found['limit_seconds']:4.0f} s  {found['objective']:14,.2f} {found['bound']:14,.2f} "
        f"{found['gap_percent']:8.3f} % {known:12} {found['seconds']:7.1f} s {found['processor_seconds']:7.1f} s CPU\n"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 60.0])
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--instances", nargs="+", default=[*TRIGEIRO, *MULTI_LEVEL])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.stdout.write(f"{arguments.data} is not there; name the folder of the instances by --data\n")
        return
    prepare_kernels()
    rows = []
    for name in arguments.instances:
        for seconds in arguments.seconds:
            rows.append(measure(arguments.data, name, seconds, arguments.threads))
            sys.stdout.write(line(rows[-1]))
            sys.stdout.flush()
    if arguments.write:
        keep_figures("lot_sizing", {"instances": rows})


if __name__ == "__main__":
    main()
