"""The words of the edit language, each with its place, and the error that points at one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bom.errors import PlanningError

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^']|'')*')
    |(?P<date>\d{4}-\d{2}-\d{2}(?![\w.]))
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<quoted>`[^`]+`(?:\.(?:`[^`]+`|\w+))?)
    |(?P<name>[^\W\d]\w*(?:\.(?:`[^`]+`|[^\W\d]\w*))?)
    |(?P<symbol><=|>=|!=|[=<>+\-*,:;()])""",
    re.VERBOSE,
)
_WHOLE = re.compile(r"\d+")


class EditTextError(PlanningError):
    """A text is not an edit; the message shows where, and what is allowed there.

    Parameters
    ----------
    problem
        What is wrong and what to do.
    text
        The line.
    column
        Where in it, counted from 1.
    line
        The number of the line, when it is one of several.
    """

    def __init__(self, problem: str, text: str, column: int, line: int | None = None) -> None:
        place = f"column {column}" if line is None else f"line {line}, column {column}"
        super().__init__("invalid_edit", f"{place}: {problem}\n  {text}\n  {' ' * (column - 1)}^")
        self.problem, self.text, self.column, self.line = problem, text, column, line


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind, how it is written, what it stands for, and where it starts (counted from 1)."""

    kind: str
    written: str
    value: Any
    column: int

    @property
    def shown(self) -> str:
        """The word in a message."""
        return self.written or "the end"


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text and one of kind ``end``.

    Raises
    ------
    EditTextError
        When there is something that is no word of the language.

    Examples
    --------
    >>> [token.value for token in tokens_of("quantity * 1.2")]
    ['quantity', '*', 1.2, '']
    """
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise EditTextError(_unreadable(text, at), text, at + 1)
        kind, written = str(found.lastgroup), found.group()
        if kind != "space":
            tokens.append(Token("name" if kind == "quoted" else kind, written, _value(kind, written, text, at), at + 1))
        at = found.end()
    return [*tokens, Token("end", "", "", len(text) + 1)]


def _unreadable(text: str, at: int) -> str:
    if text[at] == "'":
        return "the text is not closed: ' is missing"
    if text[at] == '"':
        return "texts stand between ' and '"
    word = re.match(r"\S+", text[at:])
    return f"{word.group() if word else text[at]} cannot be read; numbers are written 1.5, dates 2026-11-22, texts 'X'"


def _value(kind: str, written: str, text: str, at: int) -> Any:
    """Return what a word stands for."""
    if kind == "text":
        return written[1:-1].replace("''", "'")
    if kind == "number":
        return int(written) if _WHOLE.fullmatch(written) else float(written)
    if kind == "date":
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise EditTextError(f"{written}: the calendar has no such day", text, at + 1) from None
    return written.replace("`", "") if kind in ("name", "quoted") else written


class Reader:
    """Reads words one after the other.

    Parameters
    ----------
    text
        The line.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokens_of(text)
        self._at = 0

    @property
    def next(self) -> Token:
        """The next word."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """Return the next word and go on."""
        token = self.next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def takes(self, *words: str) -> bool:
        """Go on when the next words are these; return whether they were."""
        following = self._tokens[self._at : self._at + len(words)]
        is_there = len(following) == len(words) and all(
            token.kind in ("name", "symbol") and token.written.lower() == word
            for token, word in zip(following, words, strict=True)
        )
        if is_there:
            self._at += len(words)
        return is_there

    def expect(self, *words: str) -> str:
        """Return which one of some words comes next, and go on.

        Raises
        ------
        EditTextError
            When it is another one.
        """
        for word in words:
            if self.takes(word):
                return word
        raise self.error(f"{self.next.shown} is not expected here; write {one_of(words)}")

    def error(self, problem: str, token: Token | None = None) -> EditTextError:
        """Return the error that points at a word: the next one, unless one is given."""
        return EditTextError(problem, self.text, (token or self.next).column)


def one_of(words: Iterable[str]) -> str:
    """Return words as a choice.

    Examples
    --------
    >>> one_of(["where", ":"])
    'where or :'
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
