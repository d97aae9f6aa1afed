"""Linear models as text: LP and MPS files, and a form to be read by people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from scheduling.linear_model import Family, LinearModel

# operators and brackets mean something else in LP files
_NOT_IN_LP = re.compile(r"[^A-Za-z0-9_.,()#]")
_BLANK = re.compile(r"\s+")
_LEAST_BREAK = 100


def readable_text(model: LinearModel) -> str:
    """Return a small model as a person would write it, with the names ``family[item,period]``.

    Examples
    --------
    >>> from scheduling.linear_model import Index, ModelBuilder
    >>> builder = ModelBuilder("shop")
    >>> make = builder.add_variables("make", Index.grid(["bike", "wheel"]), upper=8.0, cost=[-5.0, -3.0])
    >>> hours = builder.add_constraints("hours", Index(), upper=10.0)
    >>> builder.add_terms(np.repeat(hours.numbers, 2), make.numbers, [1.0, 0.5])
    >>> print(readable_text(builder.build()))
    minimize
      objective: - 5 make[bike] - 3 make[wheel]
    subject to
      hours: make[bike] + 0.5 make[wheel] <= 10
    bounds
      make[bike] <= 8
      make[wheel] <= 8
    end
    """
    columns, rows = _names(model.variables), _names(model.constraints)
    return "\n".join(_lp(model, columns, rows))


def lp_lines(model: LinearModel) -> Iterator[str]:
    """Yield the lines of an LP file; names are written ``family(item,period)``, and other signs than . # as ``_``."""
    columns = _unique(_NOT_IN_LP.sub("_", _rounded(name)) for name in _names(model.variables))
    rows = _unique(_NOT_IN_LP.sub("_", _rounded(name)) for name in _names(model.constraints))
    yield f"\\ {model.name}"
    yield from _lp(model, columns, rows)


def mps_lines(model: LinearModel) -> Iterator[str]:
    """Yield the lines of a free MPS file; blanks in names are written as ``_``."""
    columns = _unique(_BLANK.sub("_", name) for name in _names(model.variables))
    rows = _unique(_BLANK.sub("_", name) for name in _names(model.constraints))
    yield f"NAME {_BLANK.sub('_', model.name)}"
    yield from _mps_rows(model, rows)
    yield from _mps_columns(model, columns, rows)
    yield from _mps_right_hand_sides(model, rows)
    yield from _mps_bounds(model, columns)
    yield "ENDATA"


def _names(families: Sequence[Family]) -> list[str]:
    """Return the names of all entries of all families."""
    return [family.label(entry) for family in families for entry in range(family.size)]


def _rounded(name: str) -> str:
    """Return a name with its outer brackets made round."""
    return name.replace("[", "(", 1)[:-1] + ")" if name.endswith("]") else name


def _unique(names: Iterable[str]) -> list[str]:
    """Return the names, those that were there before with a number after them."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        n_before = seen.get(name, 0)
        seen[name] = n_before + 1
        out.append(f"{name}#{n_before}" if n_before else name)
    return out


def _lp(model: LinearModel, columns: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a model in the LP form."""
    yield "minimize"
    at = np.flatnonzero(model.cost)
    yield from _wrapped("  objective: " + (_sum(model.cost[at], at, columns) or "0"), _offset(model))
    yield "subject to"
    matrix = model.matrix.tocsr()
    for row, name in enumerate(rows):
        inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
        order = np.argsort(matrix.indices[inside], kind="stable")
        text = _sum(matrix.data[inside][order], matrix.indices[inside][order], columns) or f"0 {columns[0]}"
        yield from _lp_row(name, text, float(model.row_lower[row]), float(model.row_upper[row]))
    bounds = list(_lp_bounds(model, columns))
    if bounds:
        yield "bounds"
        yield from bounds
    if model.is_mixed_integer:
        yield "general"
        yield from (f"  {columns[column]}" for column in np.flatnonzero(model.is_integer).tolist())
    yield "end"


def _offset(model: LinearModel) -> str:
    """Return the constant of the objective as a term."""
    return f" {'+' if model.offset > 0 else '-'} {_number(abs(model.offset))}" if model.offset else ""


def _lp_row(name: str, text: str, lower: float, upper: float) -> Iterator[str]:
    """Yield the lines of one constraint: two constraints when it has two limits that differ."""
    if lower == upper:
        yield from _wrapped(f"  {name}: {text}", f" = {_number(lower)}")
        return
    both = np.isfinite(lower) and np.isfinite(upper)
    if np.isfinite(lower):
        yield from _wrapped(f"  {name}{'.lower' if both else ''}: {text}", f" >= {_number(lower)}")
    if np.isfinite(upper):
        yield from _wrapped(f"  {name}{'.upper' if both else ''}: {text}", f" <= {_number(upper)}")


def _wrapped(text: str, end: str) -> Iterator[str]:
    """Yield a text in lines of some 100 characters, broken before a sign."""
    while len(text) > 2 * _LEAST_BREAK and (at := _sign_after(text, _LEAST_BREAK)) > 0:
        yield text[:at]
        text = "   " + text[at:]
    yield text + end


def _sign_after(text: str, start: int) -> int:
    """Return where the first + or - between blanks stands after ``start``; -1: nowhere."""
    found = [at for at in (text.find(" + ", start), text.find(" - ", start)) if at >= 0]
    return min(found, default=-1)


def _sum(values: Iterable[float], at: Iterable[int], columns: Sequence[str]) -> str:
    """Return the sum of coefficients times variables."""
    parts: list[str] = []
    for value, column in zip(values, at, strict=True):
        sign = "- " if value < 0 else "+ " if parts else ""
        factor = "" if abs(value) == 1 else f"{_number(abs(value))} "
        parts.append(f"{sign}{factor}{columns[column]}")
    return " ".join(parts)


def _number(value: float) -> str:
    """Return a number that reads back as itself."""
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _lp_bounds(model: LinearModel, columns: Sequence[str]) -> Iterator[str]:
    """Yield the bounds that differ from 0 and infinity."""
    for column in np.flatnonzero((model.lower != 0) | np.isfinite(model.upper)).tolist():
        lower, upper, name = float(model.lower[column]), float(model.upper[column]), columns[column]
        if np.isneginf(lower) and np.isposinf(upper):
            yield f"  {name} free"
        elif lower == upper:
            yield f"  {name} = {_number(lower)}"
        else:
            left = "" if lower == 0 else f"{'-inf' if np.isneginf(lower) else _number(lower)} <= "
            yield f"  {left}{name}{'' if np.isposinf(upper) else f' <= {_number(upper)}'}"


def _mps_rows(model: LinearModel, rows: Sequence[str]) -> Iterator[str]:
    """Yield the section of rows."""
    yield "ROWS"
    yield " N objective"
    for name, lower, upper in zip(rows, model.row_lower, model.row_upper, strict=True):
        yield f" {_mps_kind(lower, upper)} {name}"


def _mps_kind(lower: float, upper: float) -> str:
    """Return the letter of a row with these limits."""
    if lower == upper:
        return "E"
    if np.isfinite(upper):
        return "L"
    return "G" if np.isfinite(lower) else "N"


def _mps_columns(model: LinearModel, columns: Sequence[str], rows: Sequence[str]) -> Iterator[str]:
    """Yield the section of columns, whole numbers between their markers."""
    yield "COLUMNS"
    matrix = model.matrix
    was_integer = False
    for column, name in enumerate(columns):
        is_integer = bool(model.is_integer[column])
        if is_integer != was_integer:
            yield f" MARKER 'MARKER' {_marker(is_integer)}"
            was_integer = is_integer
        # a column without coefficients must still be named
        yield f" {name} objective {_number(model.cost[column])}"
        for entry in range(matrix.indptr[column], matrix.indptr[column + 1]):
            yield f" {name} {rows[matrix.indices[entry]]} {_number(matrix.data[entry])}"
    if was_integer:
        yield f" MARKER 'MARKER' {_marker(False)}"


def _marker(is_integer: bool) -> str:
    """Return the word that starts or ends whole numbers."""
    return "'INTORG'" if is_integer else "'INTEND'"


def _mps_right_hand_sides(model: LinearModel, rows: Sequence[str]) -> Iterator[str]:
    """Yield the right-hand sides and the ranges."""
    yield "RHS"
    if model.offset:
        yield f" RHS objective {_number(-model.offset)}"
    limits = np.where(np.isfinite(model.row_upper), model.row_upper, model.row_lower)
    for row in np.flatnonzero(np.isfinite(limits) & (limits != 0)).tolist():
        yield f" RHS {rows[row]} {_number(limits[row])}"
    ranged = np.isfinite(model.row_lower) & np.isfinite(model.row_upper) & (model.row_lower != model.row_upper)
    if ranged.any():
        yield "RANGES"
        for row in np.flatnonzero(ranged).tolist():
            yield f" RANGES {rows[row]} {_number(model.row_upper[row] - model.row_lower[row])}"


def _mps_bounds(model: LinearModel, columns: Sequence[str]) -> Iterator[str]:
    """Yield the section of bounds; whole numbers always have theirs, as readers differ in what they assume."""
    yield "BOUNDS"
    for column in np.flatnonzero((model.lower != 0) | np.isfinite(model.upper) | model.is_integer).tolist():
        lower, upper, name = float(model.lower[column]), float(model.upper[column]), columns[column]
        if np.isneginf(lower) and np.isposinf(upper):
            yield f" FR BOUND {name}"
            continue
        if np.isneginf(lower):
            yield f" MI BOUND {name}"
        elif lower != 0:
            yield f" LO BOUND {name} {_number(lower)}"
        yield f" UP BOUND {name} {_number(upper)}" if np.isfinite(upper) else f" PL BOUND {name}"
