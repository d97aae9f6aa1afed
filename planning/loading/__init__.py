"""The parts of :mod:`planning.capacity`: working time, routings, open orders, tables."""
