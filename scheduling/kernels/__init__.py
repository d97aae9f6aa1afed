"""Compiled parts of scheduling: numpy and numba only."""
