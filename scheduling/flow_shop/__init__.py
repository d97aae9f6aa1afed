"""Shops that are flow lines: every job visits the same stages in the same order."""
