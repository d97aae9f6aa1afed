"""Ids that sort by the time they were made: a prefix, 48 bits of milliseconds and 80 random bits."""

from __future__ import annotations

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u


def new_id(prefix: str, at: datetime) -> str:
    """Return a new id such as ``ds_01khy3q4m0...``: ids made later, by a millisecond or more, sort later.

    Examples
    --------
    >>> from datetime import UTC
    >>> early, late = (new_id("ds", datetime(2026, 11, 22, 12, minute, tzinfo=UTC)) for minute in (0, 1))
    >>> len(early), early[:3], early < late
    (29, 'ds_', True)
    """
    number = (int(at.timestamp() * 1000) << 80) | secrets.randbits(80)
    digits = (_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{''.join(digits)}"
