"""The parts of :mod:`scheduling.closed_loop`: orders through the shop, lead times measured, figures."""
