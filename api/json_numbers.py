"""Numbers as JSON can hold them."""

from __future__ import annotations


def finite(value: float) -> float | None:
    """Return a number, or ``None`` for what JSON cannot hold.

    Examples
    --------
    >>> finite(2.5), finite(float("inf"))
    (2.5, None)
    """
    return value if abs(value) < float("inf") else None
