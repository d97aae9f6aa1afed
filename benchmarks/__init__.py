"""Benchmark cases, made from a size and a seed, and the driver that measures them."""
