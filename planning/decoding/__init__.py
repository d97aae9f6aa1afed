"""From the arrays of a plan back to ids and tables."""
