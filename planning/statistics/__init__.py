"""Formulas and figures of the past that safety stock is proposed from."""
