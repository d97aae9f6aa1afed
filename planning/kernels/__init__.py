"""Compiled loops of planning: arrays in, arrays out; numpy and numba only."""
