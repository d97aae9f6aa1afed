"""Finite capacity: linear models in named blocks, solvers behind one face, and capacitated lot sizing.

The linear half is here: :mod:`scheduling.linear_model`, :mod:`scheduling.model_text` and the adapters in
``scheduling.solvers``, the only place that imports a solver.
"""
