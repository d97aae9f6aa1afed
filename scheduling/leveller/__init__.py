"""The parts of :mod:`scheduling.levelling`: the problem made of a plan, its model, its solution, what goes back."""
