"""The parts of net change: the ways from edits to the nodes that are netted again, and what became of them."""
