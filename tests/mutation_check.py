"""Breaks lines of the kernels one at a time and looks whether tests notice.

    python -m tests.mutation_check            # all of them, up to half a minute each
    python -m tests.mutation_check 3 7        # the third and the seventh

Each mutation is applied to a copy of the project; the tests named below run there until the first fails, the kernels as
plain Python: compiling them anew for each mutation would take minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NETTING_TESTS = (
    "tests/planning/test_textbook.py",
    "tests/planning/test_against_reference.py",
)
LOT_TESTS = ("tests/planning/test_dynamic_lots.py",)
_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Mutation:
    """A line of a kernel, and what it is broken to."""

    path: str
    right: str
    wrong: str
    tests: tuple[str, ...] = NETTING_TESTS


MUTATIONS = (
    Mutation("planning/kernels/netting.py", "return 1e-9 + 1e-12 * moved", "return 1e-9 + 1e-12 * moved - 2e-9"),
    Mutation("planning/kernels/netting.py", "needed[receipt] = max(day, 0)", "needed[receipt] = day + 1"),
    Mutation(
        "planning/kernels/netting.py", "is_awaited |= day < netted[r] <= day + wait", "is_awaited |= day <= netted[r]"
    ),
    Mutation(
        "planning/kernels/netting.py",
        "end = min(last, model.lots[lot].expiry - scratch.first_day - 1)",
        "end = min(last, model.lots[lot].expiry - scratch.first_day)",
    ),
    Mutation("planning/kernels/lot_sizing.py", "quantity = max(rest, minimum)", "quantity = rest"),
    Mutation(
        "planning/kernels/lot_sizing.py",
        "return math.ceil(quantity / unit - _NOISE)",
        "return math.floor(quantity / unit + _NOISE)",
    ),
    Mutation(
        "planning/kernels/gross_requirements.py",
        "if effective < line.effective_from or effective >= line.effective_to:",
        "if effective < line.effective_from or effective > line.effective_to:",
    ),
    Mutation(
        "planning/kernels/gross_requirements.py",
        "return day if day >= 0 or choices.is_component_date_kept else 0",
        "return day",
    ),
    Mutation(
        "planning/kernels/calendar.py", "days.table[calendar, before - n].nth", "days.table[calendar, before - 1].nth"
    ),
    Mutation(
        "planning/kernels/calendar.py",
        "return working_days_before(days, calendar, day, 1)",
        "return working_days_after(days, calendar, day, 1)",
    ),
    Mutation(
        "planning/kernels/net_level.py",
        "taken = min(max(stock, 0.0), line.quantity)",
        "taken = min(stock, line.quantity)",
    ),
    Mutation("planning/kernels/dynamic_lots.py", "if cost <= limit:", "if cost <= 1.1 * limit:", LOT_TESTS),
    Mutation(
        "planning/kernels/dynamic_lots.py",
        "return end + 1 if over < under - _SAME * ordering_cost else end",
        "return end + 1 if over <= under else end",
        LOT_TESTS,
    ),
    Mutation("planning/kernels/dynamic_lots.py", "if shortages[k] > worst + noise:", "if shortages[k] > noise:"),
    Mutation(
        "planning/kernels/balance.py",
        "is_below = floor - projected > noise_of(moved)",
        "is_below = floor - projected > 1.0",
    ),
)


def copy_of_project(target: Path) -> None:
    """Copy what git knows of the project."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)


def tests_that_fail(mutation: Mutation) -> str:
    """Return the first test that fails when a line is broken; empty when none does."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        copy_of_project(copy)
        path = copy / mutation.path
        text = path.read_text()
        if text.count(mutation.right) != 1:
            raise ValueError(f"{mutation.path} must have exactly once: {mutation.right}")
        path.write_text(text.replace(mutation.right, mutation.wrong))
        environment = {**os.environ, "PYTHONPATH": folder, "NUMBA_DISABLE_JIT": "1"}
        options = ["-q", "-x", "-p", "tests.interpreted_kernels", "--reference-cases", "1000", "--no-shrink"]
        command = [sys.executable, "-m", "pytest", *options, *mutation.tests]
        run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        if run.returncode > 1:
            raise RuntimeError(run.stdout[-2000:] + run.stderr[-2000:])
        failed = _FAILED.search(run.stdout)
        return failed.group(1) if failed else ""


def main() -> int:
    """Try each mutation; return how many went unnoticed."""
    picked = [int(argument) for argument in sys.argv[1:]] or range(1, len(MUTATIONS) + 1)
    n_unnoticed = 0
    for number in picked:
        mutation = MUTATIONS[number - 1]
        started = time.perf_counter()
        failed = tests_that_fail(mutation)
        n_unnoticed += not failed
        seconds = time.perf_counter() - started
        print(
            f"{number:2} {mutation.path}: {mutation.wrong}\n   {failed or 'NOT NOTICED'} ({seconds:.0f} s)", flush=True
        )
    print(f"{n_unnoticed} not noticed")
    return n_unnoticed


if __name__ == "__main__":
    sys.exit(main())
