"""The figures as text: the machine they were taken on, and the tables of ``benchmarks/README.md``."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
VERSIONS = ("lotwright", "numpy", "numba", "polars")


def machine() -> dict[str, str]:
    """Return processor, cores, memory, system and versions."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {name: importlib.metadata.version(name) for name in VERSIONS}
    return {
        "processor": _processor(),
        "cores": str(cores),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions,
    }


def _processor() -> str:
    """Return the processor's name as the system gives it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def median_phases(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the phases of several runs with the median of their seconds and the largest of their peaks."""
    phases = []
    for same in zip(*(run["phases"] for run in runs), strict=True):
        seconds = median(phase["seconds"] for phase in same)
        peak = max(phase["peak_memory_mib"] for phase in same)
        phases.append({"name": same[0]["name"], "seconds": seconds, "peak_memory_mib": peak})
    return phases


def write(page: Path, results: Path) -> None:
    """Write the tables of every result into the page, between its two marks."""
    head, rest = page.read_text().split(BEGIN)
    tail = rest.split(END)[1]
    tables = "\n".join(result_text(path.stem, json.loads(path.read_text())) for path in sorted(results.glob("*.json")))
    page.write_text(f"{head}{BEGIN}\n\n{tables}\n{END}{tail}")


def result_text(name: str, result: dict[str, Any]) -> str:
    """Return the section of one file of results."""
    return case_text(result) if "first_call" in result else figures_text(name, result)


def figures_text(name: str, result: dict[str, Any]) -> str:
    """Return figures that were taken inside one process as Markdown: the targets first, then each figure.

    Examples
    --------
    >>> target = {"target": 2, "measured": 1.25, "is_met": True}
    >>> print(figures_text("small", {"seconds": 1.25, "targets": {"all, s": target}}))
    ## small
    <BLANKLINE>
    | target | at most | measured | met |
    | --- | ---: | ---: | ---: |
    | all, s | 2 | 1.25 | yes |
    <BLANKLINE>
    | figure | value |
    | --- | ---: |
    | seconds | 1.25 |
    <BLANKLINE>
    """
    targets = [
        [what, _number(found["target"]), _number(found["measured"]), "yes" if found["is_met"] else "no"]
        for what, found in result.get("targets", {}).items()
    ]
    tables = [value for value in result.values() if isinstance(value, list)]
    rest = {
        key: value for key, value in result.items() if key not in ("machine", "targets") and not isinstance(value, list)
    }
    parts = [
        f"## {name}",
        *([_machine_text(result["machine"]) + "."] if "machine" in result else []),
        *([_table(["target", "at most", "measured", "met"], targets)] if targets else []),
        *([_table(["figure", "value"], [[key, _number(value)] for key, value in _flat(rest)])] if rest else []),
        *(_table(list(rows[0]), [[_number(value) for value in row.values()] for row in rows]) for rows in tables),
    ]
    return "\n\n".join(parts) + "\n"


def _flat(found: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return the figures of nested dictionaries, their names joined."""
    return [
        pair
        for key, value in found.items()
        for pair in (_flat(value, f"{prefix}{key}: ") if isinstance(value, dict) else [(prefix + key, value)])
    ]


def _number(value: Any) -> str:
    """Return a figure with four significant digits, a count in full, nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _machine_text(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items())


def case_text(result: dict[str, Any]) -> str:
    """Return one case's tables as Markdown."""
    first = result["first_call"]
    parts = [
        f"## {result['case']}",
        f"{_machine_text(result['machine'])}. Seed {result['sizes'][0]['seed']}.",
        _table(
            [
                "items",
                "input rows",
                "planned orders",
                "whole process, s",
                "processor, s",
                "peak memory, MiB",
                "polars reads, s",
                "polars writes, s",
            ],
            [_size_row(size) for size in result["sizes"]],
        ),
        "Seconds by phase (peak memory in MiB up to its end):",
        _phase_table(result["sizes"]),
        f"First call, which compiles: {first['first_call_seconds']:.1f} s at {first['size']:,} items; "
        f"second call: {first['second_call_seconds']:.1f} s.",
    ]
    return "\n\n".join(parts) + "\n"


def _size_row(size: dict[str, Any]) -> list[str]:
    figures = (size["wall_seconds"], size["processor_seconds"])
    baseline = (size["baseline"]["read_seconds"], size["baseline"]["write_seconds"])
    return [
        f"{size['size']:,}",
        f"{size['baseline']['rows']:,.0f}",
        f"{size['rows']['planned_orders']:,}",
        *(f"{seconds:.2f}" for seconds in figures),
        f"{size['peak_memory_mib']:,.0f}",
        *(f"{seconds:.2f}" for seconds in baseline),
    ]


def _phase_table(sizes: Sequence[dict[str, Any]]) -> str:
    """Return the table of phases: one row per phase, one column per size."""
    rows = [
        [same[0]["name"], *(f"{phase['seconds']:.2f} ({phase['peak_memory_mib']:,.0f})" for phase in same)]
        for same in zip(*(size["phases"] for size in sizes), strict=True)
    ]
    return _table(["phase", *(f"{size['size']:,} items" for size in sizes)], rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all but the first column stand to the right."""
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))
