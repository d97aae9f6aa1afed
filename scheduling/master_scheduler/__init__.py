"""The parts of the master schedule: its linear model, from families to items, from a data set, and its tables."""
