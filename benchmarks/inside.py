"""Figures measured inside one process: the call of such a benchmark, seconds and memory."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from api.kernel_cache import prepare_kernels
from benchmarks.registry import CASES, SEED
from benchmarks.report import machine, write

HERE = Path(__file__).resolve().parent


def run_figures(name: str, description: str | None, amounts: Mapping[str, tuple[int, int]]) -> None:
    """Read the call, compile on the smallest data set, measure and print; write the figures with ``--write``.

    Parameters
    ----------
    name
        ``benchmarks.<name>_figures`` has ``figures(dataset, threads, **amounts)``.
    amounts
        What else can be asked for, by name: the default, and how much of it while compiling.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--case", choices=CASES, default="million")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--write", action="store_true")
    for amount, (default, _) in amounts.items():
        parser.add_argument(f"--{amount}", type=int, default=default)
    arguments = parser.parse_args()
    prepare_kernels()
    figures = import_module(f"benchmarks.{name}_figures").figures  # imports numba, which reads where its cache is
    case = CASES[arguments.case]
    small = case.folder(arguments.data, case.sizes[0], arguments.seed)
    figures(small, 1, **{amount: least for amount, (_, least) in amounts.items()})
    dataset = case.folder(arguments.data, arguments.size, arguments.seed)
    found = figures(dataset, arguments.threads, **{amount: getattr(arguments, amount) for amount in amounts})
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    if arguments.write:
        keep_figures(f"{name}-{arguments.case}-{arguments.size}-{arguments.seed}", found)


def keep_figures(name: str, found: dict[str, Any]) -> None:
    """Write figures and the machine to ``benchmarks/results/<name>.json``, and the page of all results anew."""
    (HERE / "results" / f"{name}.json").write_text(json.dumps({"machine": machine(), **found}, indent=1) + "\n")
    write(HERE / "README.md", HERE / "results")


def seconds(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return what an action took, and what it returned."""
    started = time.perf_counter()
    value = action()
    return time.perf_counter() - started, value


def peak_memory_mib() -> float:
    """Return the largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class PeakMemory:
    """The largest resident memory of this process since now, where the system can begin anew; else so far."""

    def __init__(self) -> None:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")

    def mib(self) -> int:
        """Return it in MiB."""
        with suppress(OSError):
            lines = Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
        return int(peak_memory_mib())


def against_targets(measured: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, Any]]:
    """Return each target, what was measured, and whether it is met."""
    return {
        what: {"target": most, "measured": value, "is_met": value < most} for what, (most, value) in measured.items()
    }
