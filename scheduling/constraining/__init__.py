"""The parts of :mod:`scheduling.constrained_plan`: the shop made of a plan, its run, its tables, its check."""
