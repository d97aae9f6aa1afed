"""Loads measured: the operations of a whole plan in time and added up by day, week and month.

Run as ``python -m benchmarks.capacity [--case million] [--size 1000000] [--threads 2]``. The figures are printed, and
written to ``benchmarks/results/capacity-<case>-<size>-<seed>.json`` with ``--write``.
"""

from __future__ import annotations

from benchmarks.inside import run_figures

if __name__ == "__main__":
    run_figures("capacity", __doc__, {})
