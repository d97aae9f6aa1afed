"""Finite capacity: linear models in named blocks, solvers behind one face, levelling, master schedule, lot sizing.

:mod:`scheduling.linear_model`, :mod:`scheduling.model_text` and the adapters in ``scheduling.solvers``, the only place
that imports a solver; :mod:`scheduling.levelling` with its parts in ``scheduling.leveller``, and
:mod:`scheduling.levelled_plan`, which puts it back into the plan; :mod:`scheduling.master_schedule`;
:mod:`scheduling.lot_sizing_mip`; finite schedules: :mod:`scheduling.problem`, :mod:`scheduling.schedule`,
:mod:`scheduling.check`, :mod:`scheduling.dispatch`, :mod:`scheduling.solve`, with their parts in ``scheduling.finite``.
"""
