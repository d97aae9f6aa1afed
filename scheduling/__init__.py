"""Finite capacity: problems made from a plan, solvers behind one face, schedules that are re-checked.

Nothing of it exists yet. What will live here: the problem and its making from a plan, dispatching, linear and
constraint models, the solver adapters (``scheduling.solvers``, the only place that imports a solver), levelling, and
the loop between plan and schedule.
"""
