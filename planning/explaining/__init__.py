"""The parts of explanations: what happened at one node, step by step."""
