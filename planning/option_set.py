"""What all options have in common: they are read from texts, and written down whole."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

from bom.errors import OptionError


@dataclass(frozen=True, slots=True)
class OptionSet:
    """The options of one computation; a subclass names them as its fields, and where settings keep them.

    Examples
    --------
    >>> from planning.loading.options import CapacityOptions
    >>> CapacityOptions.from_mapping({"period": "day"}).as_dict()["period"]
    'day'
    """

    SECTION: ClassVar[str] = ""

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return the options with the given values, texts read as their field's type.

        Raises
        ------
        OptionError
            When a name is not an option, or a value is not one that the option can have; all at once.
        """
        hints = get_type_hints(cls)
        names = [field.name for field in fields(cls)]
        problems: list[str] = []
        read: dict[str, Any] = {}
        for name, value in values.items():
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                told = f"; did you mean {near[0]}?" if near else ""
                problems.append(f"{cls.SECTION}.{name} is not an option{told}")
                continue
            try:
                read[name] = _read_value(hints[name], value)
            except ValueError as error:
                problems.append(f"{cls.SECTION}.{name} = {value!r}: {error}")
        if problems:
            raise OptionError("invalid_option", "; ".join(problems))
        return cls(**read)

    def as_dict(self) -> dict[str, Any]:
        """Return every option in force."""
        return asdict(self)


def _read_value(hint: Any, value: Any) -> Any:
    """Return ``value`` as the type ``hint``, or raise ``ValueError`` with what would be right."""
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        raise ValueError("must be one of " + ", ".join(get_args(hint)))
    if hint is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        raise ValueError("must be true or false")
    if hint is int:
        return _at_least_zero(int(str(value)))
    if hint is float:
        return _at_least_zero(float(value))
    if hint is str:
        return str(value)
    if hint is date:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    return _read_union(get_args(hint), value)


def _read_union(hints: tuple[Any, ...], value: Any) -> Any:
    """Return ``value`` as the first of the types that takes it."""
    if type(None) in hints and (value is None or value == ""):
        return None
    problems: list[str] = []
    for hint in hints:
        if hint is type(None):
            continue
        try:
            return _read_value(hint, value)
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(", or ".join(problems))


def _at_least_zero(number: Any) -> Any:
    """Return ``number``, or raise ``ValueError`` when it is negative or not finite."""
    if not 0 <= number < float("inf"):
        raise ValueError("must be zero or more")
    return number
