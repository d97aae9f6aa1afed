"""The loops of the product structure, on plain arrays."""
