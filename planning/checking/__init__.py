"""The parts of the check of a data set: each finds one kind of problem in its tables."""
