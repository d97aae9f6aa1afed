"""Random choices from a seed, the same on every machine and with every version of numpy."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scheduling.problem import Floats, Longs

_WORD = (1 << 64) - 1


@dataclass(slots=True)
class Draws:
    """A sequence of random choices (xorshift*, Marsaglia 2003 and Vigna 2016).

    Parameters
    ----------
    seed
        The same seed gives the same choices.

    Examples
    --------
    >>> draws = Draws(1)
    >>> draws.below(10), draws.some(5, 2).tolist(), draws.one_of(np.array([0.0, 1.0]))
    (1, [1, 3], 1)
    """

    seed: int
    _state: int = field(init=False)

    def __post_init__(self) -> None:
        # a step of splitmix64, so that seeds near each other give other numbers, and never 0
        mixed = (self.seed + 0x9E3779B97F4A7C15) & _WORD
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        self._state = (mixed ^ (mixed >> 31)) or 1

    def number(self) -> float:
        """Return a number from 0 up to 1."""
        state = self._state
        state ^= state >> 12
        state = (state ^ (state << 25)) & _WORD
        state ^= state >> 27
        self._state = state
        return (((state * 0x2545F4914F6CDD1D) & _WORD) >> 11) / (1 << 53)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, a limit."""
        return int(self.number() * limit)

    def one_of(self, weight: Floats) -> int:
        """Return a place, each with a chance in proportion to its weight; the sum must be above 0."""
        total = np.cumsum(weight)
        return int(np.searchsorted(total, self.number() * total[-1], side="right"))

    def some(self, limit: int, length: int) -> Longs:
        """Return so many different whole numbers from 0 up to, not including, a limit, ascending."""
        chance = np.array([self.number() for _ in range(limit)])
        return np.sort(np.argsort(chance, kind="stable")[:length]).astype(np.int64)
