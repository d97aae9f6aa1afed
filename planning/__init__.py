"""Time-phased planning: what to make, buy and move, when, and why."""
