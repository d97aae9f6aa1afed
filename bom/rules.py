"""Rules on the rows of a frame, written as expressions, so that a million rows are looked at in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from bom.errors import Severity
from bom.findings import Problem, Remedy, rows_where, texts_of


@dataclass(frozen=True, slots=True)
class Rule:
    """What must not be in a row.

    Parameters
    ----------
    code, column
        As in :class:`bom.errors.Finding`.
    is_broken
        A boolean expression over the frame's columns, true in the rows that break the rule.
    message
        What is wrong; ``{value}`` stands for the column's value.
    hint
        Returns what to add to the message for one value, such as the nearest value that is allowed.
    severity, remedy
        As in :class:`bom.findings.Problem`.
    """

    code: str
    column: str
    is_broken: pl.Expr
    message: str
    hint: Callable[[str], str] | None = None
    severity: Severity = Severity.ERROR
    remedy: Remedy = Remedy.ROW


def problems_of(frame: pl.DataFrame, table_name: str, rules: Sequence[Rule]) -> list[Problem]:
    """Return a problem for each rule that some row breaks.

    All rules are looked at in one parallel pass that only asks "any?"; rows are named for the broken ones alone.

    Examples
    --------
    >>> rule = Rule("out_of_range", "quantity", pl.col("quantity") < 0, "{value} is less than 0")
    >>> problems_of(pl.DataFrame({"quantity": [1.0, -2.0]}), "demands", [rule])[0].details
    ('-2 is less than 0',)
    """
    if frame.is_empty() or not rules:
        return []
    is_broken = frame.select(rule.is_broken.any().alias(str(number)) for number, rule in enumerate(rules)).row(0)
    return [_problem(frame, table_name, rule) for rule, broken in zip(rules, is_broken, strict=True) if broken]


def _problem(frame: pl.DataFrame, table_name: str, rule: Rule) -> Problem:
    """Return the problem of a broken rule, with its rows."""
    rows = rows_where(frame.select(rule.is_broken.alias("is_broken")).to_series())
    values = texts_of(frame.get_column(rule.column), rows) if rule.column in frame.columns else ()
    return Problem(
        rule.code,
        table_name,
        rule.column,
        rule.message.replace("{value}", "the value"),
        rows,
        values,
        told(rule.message, values, rule.hint),
        rule.severity,
        rule.remedy,
    )


def told(message: str, values: Sequence[str], hint: Callable[[str], str] | None = None) -> tuple[str, ...]:
    """Return the message about each value, with its hint.

    Examples
    --------
    >>> told("{value} is not a number", ["3,5"], lambda value: "; write 3.5")
    ('3,5 is not a number; write 3.5',)
    """
    if hint is None and "{value}" not in message:
        return ()
    hints = {value: hint(value) if hint else "" for value in dict.fromkeys(values)}
    return tuple(message.replace("{value}", value) + hints[value] for value in values)
