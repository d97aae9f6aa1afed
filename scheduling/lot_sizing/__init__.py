"""The parts of :mod:`scheduling.lot_sizing_mip`: the problem, its models, its searches, and how a plan gives one."""
