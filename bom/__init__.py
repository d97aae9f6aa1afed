"""The product structure as a graph: tables, explosion, where-used, low-level codes, cost; imports nothing of ours."""
