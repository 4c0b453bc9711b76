"""Filters in a short form that people read and type::

    year >= 2024 and product in (HX-200, "HX 300")
    not draft = true and (owner exists or team missing)
    section_path prefix "Benefits > Health"
    year >= 2024 < 2026                          both bounds of one range
    updated >= date(2024-05) < date(2025)        dates and times, however they are written
    updated = date(2024-05-17, Europe/Berlin)    on that day there

``not`` binds tightest, then ``and``, then ``or``. Operators are ``= != < <= > >= in``, ``not in``, ``prefix``, ``exists`` and
``missing``; the words of the language may be written in capitals. A value is a number, ``true`` or ``false``, a text in double
quotes (with ``\\"`` and ``\\\\``), or a word: anything without white space, quotes, commas, brackets and comparison signs. What
looks like a number is one, unless it begins with a needless 0 (``007`` is a text). A field's name is a word or a text in
quotes.

The meaning is that of :mod:`ragline.filters`; ``a != b`` is ``not a = b``, and so true where the field is absent.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ragline.date_range import DateRange
from ragline.dates import span_of, zone_of
from ragline.errors import FilterError
from ragline.filters import MAX_DEPTH, And, Eq, Exists, Filter, In, Not, Or, Prefix, Range
from ragline.types import Scalar

_TOKEN = re.compile(r'(?P<sign>[<>!]=|[<>=(),])|"(?P<quoted>(?:[^"\\]|\\["\\])*)"|(?P<word>[^\s"(),<>=!]+)|(?P<space>\s+)')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_BOUNDS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_WORDS = frozenset(("and", "or", "not", "in", "prefix", "exists", "missing", "true", "false"))
_LONGEST = 100_000
"""Characters of a filter: it is typed, or made of a list of some thousand ids."""


def parse_where(text: str) -> Filter:
    """The typed filter. Raises :class:`FilterError`, whose message points at the place that is not understood."""
    if len(text) > _LONGEST:
        raise FilterError(f"The filter has {len(text)} characters; write at most {_LONGEST}.")
    parser = _Parser(text)
    return parser.whole()


def format_where(value: Filter) -> str:
    """The short form of a filter: :func:`parse_where` gives an equal one.

    Raises :class:`FilterError` for an *and* or *or* of nothing, which has none. One of a single filter is written as that.
    """
    return _written(value, 0)


@dataclass(frozen=True, slots=True)
class _Token:
    """``kind`` is "sign", "quoted", "word" or "end"; ``at`` the place of its first character."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The token as a word of the language, empty where it is none."""
        lower = self.text.lower() if self.kind == "word" else ""
        return lower if lower in _WORDS else ""


@dataclass(frozen=True, slots=True)
class _Date:
    """A value ``date(...)``."""

    stamp: str
    zone: str


class _Parser:
    """Recursive descent over the tokens: one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._read())
        self._next = 0

    def _read(self) -> Iterator[_Token]:
        at = 0
        while at < len(self._text):
            found = _TOKEN.match(self._text, at)
            if found is None:
                what = "the text in quotes has no end" if self._text[at] == '"' else f"{self._text[at]!r} means nothing here"
                raise self._error(at, what)
            if found.lastgroup != "space":
                inner = found[found.lastgroup or ""]
                yield _Token(found.lastgroup or "", re.sub(r"\\(.)", r"\1", inner) if found["quoted"] else inner, at)
            at = found.end()
        yield _Token("end", "", at)

    def whole(self) -> Filter:
        value = self._alternatives(MAX_DEPTH)
        if self._token.kind != "end":
            raise self._error(self._token.at, 'expected "and", "or" or the end')
        return value

    def _alternatives(self, depth: int) -> Filter:
        return self._joined("or", self._conjunction, Or, depth)

    def _conjunction(self, depth: int) -> Filter:
        return self._joined("and", self._negation, And, depth)

    def _joined(
        self, word: str, part: Callable[[int], Filter], join: Callable[[tuple[Filter, ...]], Filter], depth: int
    ) -> Filter:
        parts = [part(depth)]
        while self._token.word == word:
            self._next += 1
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _negation(self, depth: int) -> Filter:
        if depth == 0:
            raise self._error(self._token.at, f"nested deeper than {MAX_DEPTH} levels")
        if self._token.word == "not":
            self._next += 1
            return Not(self._negation(depth - 1))
        if self._token.text == "(" and self._token.kind == "sign":
            self._next += 1
            value = self._alternatives(depth - 1)
            self._expect(")")
            return value
        return self._condition()

    def _condition(self) -> Filter:
        field = self._token
        if field.kind not in {"word", "quoted"} or field.word:
            raise self._error(field.at, "expected the name of a field (in quotes where it is a word of the language)")
        self._next += 1
        operator = self._take()
        name, sign = field.text, operator.text if operator.kind == "sign" else operator.word
        if sign == "not" and self._token.word == "in":
            self._next += 1
            return Not(In(name, self._list()))
        if sign == "in":
            return In(name, self._list())
        if sign in {"exists", "missing"}:
            return Exists(name, sign == "exists")
        if sign == "prefix":
            return Prefix(name, self._plain_text())
        if sign in {"=", "!="}:
            value = self._value()
            if not isinstance(value, _Date):
                return Eq(name, value) if sign == "=" else Not(Eq(name, value))
            if sign == "!=":
                return Not(DateRange(name, on=value.stamp, zone=value.zone))
            return self._range(name, {"on": value})
        if sign in _BOUNDS:
            self._next -= 1  # a range reads its own signs
            return self._range(name, {})
        raise self._error(operator.at, 'expected = != < <= > >= in, "not in", prefix, exists or missing')

    def _range(self, name: str, bounds: "dict[str, Scalar | _Date]") -> Filter:
        """All bounds that follow the field's name, or its first condition."""
        while (sign := self._token).kind == "sign" and sign.text in _BOUNDS:
            self._next += 1
            if _BOUNDS[sign.text] in bounds:
                raise self._error(sign.at, f"{sign.text} stands twice")
            bounds[_BOUNDS[sign.text]] = self._value()
            if len({isinstance(value, _Date) and value.zone for value in bounds.values()}) > 1:
                raise self._error(sign.at, "both bounds of a range are dates of one zone, or neither is")
        return _range(name, bounds)

    def _list(self) -> tuple[Scalar, ...]:
        self._expect("(")
        values: list[Scalar] = []
        while not (self._token.kind == "sign" and self._token.text == ")"):
            if values:
                self._expect(",")
            at, value = self._token.at, self._value()
            if isinstance(value, _Date):
                raise self._error(at, "a list holds no dates; join conditions with or")
            values.append(value)
        self._next += 1
        return tuple(values)

    def _value(self) -> "Scalar | _Date":
        token = self._take()
        if token.kind == "quoted":
            return token.text
        if token.kind != "word" or token.word in _WORDS - {"true", "false"}:
            raise self._error(token.at, "expected a value (a text in quotes where it is a word of the language)")
        if token.word in {"true", "false"}:
            return token.word == "true"
        if token.text.lower() == "date" and self._token.kind == "sign" and self._token.text == "(":
            return self._date()
        if _NUMBER.fullmatch(token.text):
            return int(token.text) if token.text.lstrip("-").isdigit() and len(token.text) < 4000 else float(token.text)
        return token.text

    def _date(self) -> _Date:
        self._expect("(")
        at, stamp, zone = self._token.at, self._plain_text(), "UTC"
        if span_of(stamp) is None:
            raise self._error(at, f"{stamp!r} is no date or time in ISO form")
        if self._token.kind == "sign" and self._token.text == ",":
            self._next += 1
            at, zone = self._token.at, self._plain_text()
            try:
                zone_of(zone)
            except ValueError as error:
                raise self._error(at, str(error).partition(";")[0]) from None
        self._expect(")")
        return _Date(stamp, zone)

    def _plain_text(self) -> str:
        token = self._take()
        if token.kind not in {"word", "quoted"}:
            raise self._error(token.at, "expected a text")
        return token.text

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += token.kind != "end"
        return token

    def _expect(self, sign: str) -> None:
        if self._token.kind != "sign" or self._token.text != sign:
            raise self._error(self._token.at, f"expected {sign}")
        self._next += 1

    def _error(self, at: int, what: str) -> FilterError:
        before, after = self._text[max(0, at - 40) : at], self._text[at : at + 40]
        return FilterError(
            f"The filter is not understood at character {at + 1}: {before}>>>{after or ' (its end)'}: {what}. Write e.g. "
            "year >= 2024 and product in (HX-200, HX-300); see ragline.where for the language."
        )


def _range(name: str, bounds: "dict[str, Scalar | _Date]") -> Filter:
    dates = {key: value for key, value in bounds.items() if isinstance(value, _Date)}
    if not dates:
        return Range(name, **{key: value for key, value in bounds.items() if not isinstance(value, _Date)})
    return DateRange(name, **{key: value.stamp for key, value in dates.items()}, zone=next(iter(dates.values())).zone)


_OR, _AND, _NOT = 1, 2, 3  # how tightly they bind


def _written(value: Filter, outer: int) -> str:
    if isinstance(value, And | Or):
        if not value.filters:
            raise FilterError("A filter that joins nothing has no short form; use its JSON form.")
        if len(value.filters) == 1:
            return _written(value.filters[0], outer)
        own, word = (_AND, " and ") if isinstance(value, And) else (_OR, " or ")
        text = word.join(_written(part, own) for part in value.filters)
        return f"({text})" if outer >= own else text
    if isinstance(value, Not):
        return f"not {_written(value.filter, _NOT)}"
    return _condition_text(value)


def _condition_text(value: Eq | In | Range | Prefix | Exists | DateRange) -> str:
    name = _field_text(value.field)
    if isinstance(value, Eq):
        return f"{name} = {_value_text(value.value)}"
    if isinstance(value, In):
        return f"{name} in ({', '.join(map(_value_text, value.values))})"
    if isinstance(value, Prefix):
        return f"{name} prefix {_text(value.prefix)}"
    if isinstance(value, Exists):
        return f"{name} {'exists' if value.present else 'missing'}"
    signs = {key: sign for sign, key in _BOUNDS.items()}
    if isinstance(value, Range):
        given = {key: getattr(value, key) for key in signs if getattr(value, key) is not None}
        return " ".join([name, *(f"{signs[key]} {_value_text(bound)}" for key, bound in given.items())])
    zone = "" if value.zone == "UTC" else f", {_text(value.zone)}"
    stamps = {key: f"date({_text(str(stamp))}{zone})" for key, stamp in value.bounds.items()}
    return " ".join([name, *(f"{signs.get(key, '=')} {stamp}" for key, stamp in stamps.items())])


def _field_text(name: str) -> str:
    return _quoted(name) if name.lower() in _WORDS or not _is_word(name) else name


def _value_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return repr(value).replace("inf", "1e999") if isinstance(value, float) else _text(value)


def _text(value: str) -> str:
    return _quoted(value) if value.lower() in _WORDS or _NUMBER.fullmatch(value) or not _is_word(value) else value


def _is_word(text: str) -> bool:
    found = _TOKEN.fullmatch(text)
    return found is not None and found.lastgroup == "word"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
