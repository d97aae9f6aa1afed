"""A limit on the requests of one caller: a bucket that fills with time."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

_CALLERS = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether one more request is allowed.

    Parameters
    ----------
    is_allowed
        It is.
    remaining
        How many more could follow at once.
    wait_seconds
        After how many seconds one is allowed again.
    """

    is_allowed: bool
    remaining: int
    wait_seconds: int


class RateLimit:
    """Buckets of requests by caller, of one process.

    Parameters
    ----------
    per_minute
        How many requests a caller has at once, and gets back in a minute.

    Examples
    --------
    >>> from datetime import UTC
    >>> limit, noon = RateLimit(2), datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> [limit.take("key_1", noon).is_allowed for _ in range(3)]
    [True, True, False]
    """

    def __init__(self, per_minute: float) -> None:
        self.per_minute = max(1.0, per_minute)
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, caller: str, at: datetime) -> Allowance:
        """Count one request of a caller."""
        with self._lock:
            left, since = self._buckets.pop(caller, (self.per_minute, at))
            seconds = max(0.0, (at - since).total_seconds())
            left = min(self.per_minute, left + seconds * self.per_minute / 60)
            is_allowed = left >= 1
            left -= is_allowed
            self._buckets[caller] = (left, at)
            while len(self._buckets) > _CALLERS:
                self._buckets.popitem(last=False)
        wait = 0 if left >= 1 else math.ceil((1 - left) * 60 / self.per_minute)
        return Allowance(is_allowed, int(left), wait)
