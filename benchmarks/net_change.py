"""Net change measured: one edited demand, 1 % of all demands edited, a thousand scenarios on one base.

Run as ``python -m benchmarks.net_change [--case million] [--size 1000000] [--scenarios 1000] [--threads 2]``.
The figures are printed, and written to ``benchmarks/results/net_change-<case>-<size>-<seed>.json`` with ``--write``.
"""

from __future__ import annotations

from benchmarks.inside import run_figures

if __name__ == "__main__":
    run_figures("net_change", __doc__, {"scenarios": (1_000, 4)})
