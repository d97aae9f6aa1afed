"""Questions measured: the whole plan pegged, single orders explained.

Run as ``python -m benchmarks.questions [--case million] [--size 1000000] [--threads 2]``. The figures are printed, and
written to ``benchmarks/results/questions-<case>-<size>-<seed>.json`` with ``--write``.
"""

from __future__ import annotations

from benchmarks.inside import run_figures

if __name__ == "__main__":
    run_figures("questions", __doc__, {})
