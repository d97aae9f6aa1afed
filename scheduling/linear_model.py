"""Linear models in named blocks: variables and constraints come in families with an index, built as sparse arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Index:
    """The entries of a family: for each dimension the labels, and the label of each entry.

    Parameters
    ----------
    size
        The number of entries.
    labels
        For each dimension its labels.
    codes
        For each dimension int32, shape (size,): the label of each entry.

    Examples
    --------
    >>> index = Index.grid(["bike", "wheel"], ["W10", "W11", "W12"])
    >>> index.size, index.text(4)
    (6, 'wheel,W11')
    """

    size: int = 1
    labels: tuple[Sequence[str], ...] = ()
    codes: tuple[NDArray[np.int32], ...] = ()

    @classmethod
    def grid(cls, *labels: Sequence[str]) -> Index:
        """Return the index with an entry for every combination, the last dimension running fastest."""
        grids = np.meshgrid(*(np.arange(len(some), dtype=np.int32) for some in labels), indexing="ij")
        codes = tuple(grid.ravel() for grid in grids)
        return cls(int(np.prod([len(some) for some in labels], dtype=np.int64)), tuple(labels), codes)

    @classmethod
    def of(cls, *dimensions: tuple[Sequence[str], NDArray[np.integer]]) -> Index:
        """Return the index with the given codes: for each dimension (labels, code of each entry)."""
        codes = tuple(np.asarray(code, dtype=np.int32) for _, code in dimensions)
        return cls(codes[0].shape[0], tuple(labels for labels, _ in dimensions), codes)

    def text(self, entry: int) -> str:
        """Return the labels of one entry, with commas."""
        parts = zip(self.labels, self.codes, strict=True)
        return ",".join(str(labels[int(codes[entry])]) for labels, codes in parts)


@dataclass(frozen=True, slots=True)
class Family:
    """One block of variables or constraints: neighbours in the model that share a name.

    Parameters
    ----------
    name
        What they are called.
    index
        What there is one of them for.
    start
        The number of the first one in the model.
    """

    name: str
    index: Index
    start: int

    @property
    def size(self) -> int:
        """How many there are."""
        return self.index.size

    @property
    def slice(self) -> slice:
        """Where they stand in arrays over the whole model."""
        return slice(self.start, self.start + self.size)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """int64, shape (size,): their numbers in the model."""
        return np.arange(self.start, self.start + self.size)

    def label(self, entry: int) -> str:
        """Return the name of one entry, such as ``make[bike,W10]``."""
        return f"{self.name}[{self.index.text(entry)}]" if self.index.labels else self.name

    def number(self, *labels: str) -> int:
        """Return the number in the model of the entry with these labels.

        Raises
        ------
        KeyError
            When there is no such entry.
        """
        found = np.ones(self.size, dtype=np.bool_)
        for wanted, of, codes in zip(labels, self.index.labels, self.index.codes, strict=True):
            found &= codes == next((code for code, label in enumerate(of) if str(label) == wanted), -1)
        at = np.flatnonzero(found)
        if at.size == 0:
            raise KeyError(f"{self.name}[{','.join(labels)}]")
        return self.start + int(at[0])


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A linear model: minimise cost x values, with limits of rows (matrix x values) and of values.

    Parameters
    ----------
    name
        What it is called in files.
    variables, constraints
        The families, in the order of columns and rows.
    cost, lower, upper
        float64, shape (n_columns,).
    is_integer
        bool, shape (n_columns,).
    matrix
        The coefficients, compressed by column, shape (n_rows, n_columns).
    row_lower, row_upper
        float64, shape (n_rows,).
    offset
        What is added to the objective.
    """

    name: str
    variables: tuple[Family, ...]
    constraints: tuple[Family, ...]
    cost: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    is_integer: NDArray[np.bool_]
    matrix: sparse.csc_array
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    offset: float = 0.0

    @property
    def n_columns(self) -> int:
        """The number of variables."""
        return int(self.cost.shape[0])

    @property
    def n_rows(self) -> int:
        """The number of constraints."""
        return int(self.row_lower.shape[0])

    @property
    def is_mixed_integer(self) -> bool:
        """Some variables must be whole numbers."""
        return bool(self.is_integer.any())

    def variable(self, name: str) -> Family:
        """Return the variables of one name; ``KeyError`` when there are none."""
        return _family(self.variables, name)

    def constraint(self, name: str) -> Family:
        """Return the constraints of one name; ``KeyError`` when there are none."""
        return _family(self.constraints, name)

    def relaxed(self) -> LinearModel:
        """Return the model in which every variable may be broken."""
        return replace(self, is_integer=np.zeros(self.n_columns, dtype=np.bool_))

    def objective(self, values: NDArray[np.float64]) -> float:
        """Return what a solution costs."""
        return float(self.cost @ values) + self.offset

    def violation(self, values: NDArray[np.float64]) -> float:
        """Return by how much the worst bound or row is broken, whole numbers included; 0 for a feasible solution."""
        rows = self.matrix @ values
        broken = [0.0]
        for over in (self.lower - values, values - self.upper, self.row_lower - rows, rows - self.row_upper):
            broken.append(float(over.max(initial=0.0)))
        whole = values[self.is_integer]
        broken.append(float(np.abs(whole - np.round(whole)).max(initial=0.0)))
        return max(broken)

    def dual_bound(self, duals: NDArray[np.float64]) -> float:
        """Return a lower bound of the objective from any prices of the rows (weak duality).

        Parameters
        ----------
        duals
            float64, shape (n_rows,): the price of each row's right-hand side, optimal or not.

        Notes
        -----
        With y the prices, z = y b + sum over variables of the least (c - A'y) x within its bounds, where b is the lower
        limit of a row with a price above 0 and the upper limit of one with a price below 0. A price that would need an
        infinite limit counts as 0; a variable without a bound on the side that pays makes it minus infinity.

        Examples
        --------
        >>> builder = ModelBuilder("tiny")
        >>> x = builder.add_variables("x", Index(), upper=10.0, cost=2.0)
        >>> row = builder.add_constraints("at_least", Index(), lower=3.0)
        >>> builder.add_terms(row.numbers, x.numbers, 1.0)
        >>> builder.build().dual_bound(np.array([2.0])), builder.build().dual_bound(np.array([1.0]))
        (6.0, 3.0)
        """
        limit = np.where(duals > 0, self.row_lower, self.row_upper)
        prices = np.where(np.isfinite(limit), duals, 0.0)
        reduced = self.cost - self.matrix.T @ prices
        # what rounding leaves of a zero would count times the bound
        reduced[np.abs(reduced) <= 1e-9 * (1.0 + np.abs(self.cost))] = 0.0
        bound = np.where(reduced > 0, self.lower, self.upper)
        at_rows = prices[prices != 0] @ limit[prices != 0]
        at_columns = reduced[reduced != 0] @ bound[reduced != 0]
        return float(at_rows + at_columns) + self.offset


def _family(families: Sequence[Family], name: str) -> Family:
    """Return the family of one name."""
    for family in families:
        if family.name == name:
            return family
    raise KeyError(name)


@dataclass(slots=True)
class _Blocks:
    """Families and arrays over their entries, as they are added."""

    families: list[Family] = field(default_factory=list)
    parts: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    size: int = 0

    def add(self, name: str, index: Index, **values: ArrayLike) -> Family:
        """Add a family with a value, or an array of values, for its entries."""
        if any(family.name == name for family in self.families):
            raise ValueError(f"there is a family {name} already")
        for key, value in values.items():
            array = np.broadcast_to(np.asarray(value, dtype=np.float64).reshape(-1), index.size)
            self.parts.setdefault(key, []).append(array)
        family = Family(name, index, self.size)
        self.families.append(family)
        self.size += index.size
        return family

    def array(self, key: str) -> NDArray[np.float64]:
        """Return the values of all families."""
        parts = self.parts.get(key)
        return np.concatenate(parts) if parts else np.zeros(0)


class ModelBuilder:
    """Collects families and coefficients, and makes a :class:`LinearModel` of them.

    Examples
    --------
    Two items share 10 hours; each unit made takes an hour and saves its backlog cost:

    >>> builder = ModelBuilder("shop")
    >>> make = builder.add_variables("make", Index.grid(["bike", "wheel"]), upper=8.0, cost=[-5.0, -3.0])
    >>> hours = builder.add_constraints("hours", Index(), upper=10.0)
    >>> builder.add_terms(np.repeat(hours.numbers, 2), make.numbers, 1.0)
    >>> model = builder.build()
    >>> model.n_rows, model.n_columns, make.label(1)
    (1, 2, 'make[wheel]')
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._variables, self._constraints = _Blocks(), _Blocks()
        self._terms: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]] = []

    def add_variables(
        self,
        name: str,
        index: Index,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = INFINITY,
        cost: ArrayLike = 0.0,
        is_integer: ArrayLike = False,
    ) -> Family:
        """Add variables; bounds, cost and the flag are one value, or an array over the index."""
        return self._variables.add(name, index, lower=lower, upper=upper, cost=cost, is_integer=is_integer)

    def add_constraints(
        self, name: str, index: Index, *, lower: ArrayLike = -INFINITY, upper: ArrayLike = INFINITY
    ) -> Family:
        """Add constraints; limits are one value, or an array over the index. An equation has both the same."""
        return self._constraints.add(name, index, lower=lower, upper=upper)

    def add_terms(self, rows: NDArray[np.integer], columns: NDArray[np.integer], values: ArrayLike) -> None:
        """Add coefficients: numbers of rows and columns in the model, and values; those of one place are summed."""
        coefficients = np.broadcast_to(np.asarray(values, dtype=np.float64), np.shape(rows))
        self._terms.append((np.asarray(rows, np.int32), np.asarray(columns, np.int32), coefficients))

    def build(self, offset: float = 0.0) -> LinearModel:
        """Return the model."""
        rows, columns, values = (
            np.concatenate([term[part] for term in self._terms]) if self._terms else np.zeros(0, dtype)
            for part, dtype in enumerate((np.int32, np.int32, np.float64))
        )
        shape = (self._constraints.size, self._variables.size)
        matrix = sparse.coo_array((values, (rows, columns)), shape=shape).tocsc()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return LinearModel(
            self._name,
            tuple(self._variables.families),
            tuple(self._constraints.families),
            self._variables.array("cost"),
            self._variables.array("lower"),
            self._variables.array("upper"),
            self._variables.array("is_integer").astype(np.bool_),
            matrix,
            self._constraints.array("lower"),
            self._constraints.array("upper"),
            offset,
        )
