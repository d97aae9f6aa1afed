"""Pegging followed: level by level over a whole plan, node by node from one order, and what is carried along."""
