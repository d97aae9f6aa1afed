"""The parts of the comparison of two plans: their nodes, orders, messages and figures side by side."""
