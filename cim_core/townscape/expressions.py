"""Conditions of rules: a closed little language over building attributes, parsed once, evaluated on columns.

::

    storeys > 6 and use in ['居住', '商住混合']
    height_m / storeys >= 4.5 or not (year_built < 1990)

Names are building attributes (by name or Chinese label), literals are numbers, texts and lists of them; there are
comparisons, ``in``, ``and``/``or``/``not``, the four operations of arithmetic and brackets, and nothing else: no call,
no index, no attribute access. An attribute that is not recorded makes a condition unknown (SQL's three values), never
true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features.schema import ATTRIBUTE_BY_NAME, BUILDING_ATTRIBUTES, Attribute
from cim_core.townscape.texts import as_array, as_floats
from cim_core.townscape.truth import Truth, all_of, any_of, compare_numbers, negate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

LENGTH_MAX = 2000
DEPTH_MAX = 32
TOKENS_MAX = 400

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w.])|(?P<name>[^\W\d]\w*)|(?P<text>'[^'\n]*'|\"[^\"\n]*\")"
    r"|(?P<sign><=|>=|==|!=|[<>+\-*/()\[\],]))"
)
_WORDS = frozenset({"and", "or", "not", "in"})
_COMPARISONS = ("<=", ">=", "==", "!=", "<", ">")
_NAMES = {a.name: a for a in BUILDING_ATTRIBUTES} | {a.zh: a for a in BUILDING_ATTRIBUTES}


class ExpressionError(ValueError):
    """What is wrong with a condition; ``offset`` is the character it happens at, counted from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition: its text, the attributes it reads, and how to evaluate it on a table that has them."""

    text: str
    attributes: tuple[str, ...]
    _evaluate: Callable[[pa.Table], Truth]

    def evaluate(self, buildings: pa.Table) -> Truth:
        """Three-valued truth of every row; a column the table does not have is unknown throughout."""
        return self._evaluate(buildings)


def parse_condition(text: str) -> Condition:
    """Read a condition. Raises ExpressionError with the offset of the mistake.

    Bounded: ``LENGTH_MAX`` characters, ``TOKENS_MAX`` words and signs, ``DEPTH_MAX`` levels of brackets and ``not``.

    >>> parse_condition("storeys > 6 and use in ['居住']").attributes
    ('storeys', 'use')
    """
    if len(text) > LENGTH_MAX:
        raise ExpressionError(f"the condition is longer than {LENGTH_MAX} characters", LENGTH_MAX)
    parser = _Parser(_tokenize(text), len(text))
    evaluate = parser.condition(0)
    parser.end()
    return Condition(text.strip(), tuple(dict.fromkeys(parser.attributes)), evaluate)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


def _tokenize(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            offset = at + len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionError(f"{text[offset]!r} has no meaning here", offset)
        kind, word = match.lastgroup, match[match.lastgroup]
        tokens.append(_Token("word" if word in _WORDS else kind, word, match.start(match.lastgroup)))
        at = match.end()
        if len(tokens) > TOKENS_MAX:
            raise ExpressionError(f"the condition has more than {TOKENS_MAX} words and signs", at)
    return tokens


@dataclass(frozen=True, slots=True)
class _Operand:
    """A side of a comparison: numbers or texts of every row, and the attribute a coded text belongs to."""

    read: Callable[[pa.Table], pa.Array | Floats]
    is_number: bool
    offset: int
    attribute: Attribute | None = None
    literal: str | float | None = None


class _Parser:
    """Recursive descent: or < and < not < comparison < sum < product < value."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._length = length
        self._at = 0
        self.attributes: list[str] = []

    def condition(self, depth: int) -> Callable[[pa.Table], Truth]:
        parts = [self._all_of(depth)]
        while self._take("or"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else lambda table: any_of([part(table) for part in parts])

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self._error("an operator is missing before", self._tokens[self._at])

    def _all_of(self, depth: int) -> Callable[[pa.Table], Truth]:
        parts = [self._not(depth)]
        while self._take("and"):
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else lambda table: all_of([part(table) for part in parts])

    def _not(self, depth: int) -> Callable[[pa.Table], Truth]:
        self._limit(depth)
        if self._take("not"):
            inner = self._not(depth + 1)
            return lambda table: negate(inner(table))
        start = self._at
        if self._take("("):
            # A bracket opens a condition or a sum: try the condition, and the sum if a comparison follows.
            known = len(self.attributes)
            try:
                inner = self.condition(depth + 1)
                self._expect(")")
            except _NotAConditionError:
                self._at, self.attributes = start, self.attributes[:known]
            else:
                return inner
        return self._comparison(depth)

    def _comparison(self, depth: int) -> Callable[[pa.Table], Truth]:
        left = self._sum(depth)
        token = self._peek()
        if token is not None and token.text == "not" and self._peek(1) and self._tokens[self._at + 1].text == "in":
            self._at += 2
            return self._member(left, is_negated=True)
        if self._take("in"):
            return self._member(left, is_negated=False)
        if token is None or token.text not in _COMPARISONS:
            raise _NotAConditionError("a comparison is missing after this value", left.offset)
        self._at += 1
        return _compare(left, token, self._sum(depth))

    def _member(self, left: _Operand, *, is_negated: bool) -> Callable[[pa.Table], Truth]:
        self._expect("[")
        items = [self._literal()]
        while self._take(","):
            items.append(self._literal())
        self._expect("]")
        equal = _Token("sign", "==", left.offset)
        parts = [_compare(left, equal, item) for item in items]
        if is_negated:
            return lambda table: negate(any_of([part(table) for part in parts]))
        return lambda table: any_of([part(table) for part in parts])

    def _literal(self) -> _Operand:
        value = self._value(0)
        if value.literal is None:
            raise ExpressionError("a list holds numbers and texts only", value.offset)
        return value

    def _sum(self, depth: int) -> _Operand:
        return self._chain(depth, ("+", "-"), lambda: self._chain(depth, ("*", "/"), lambda: self._value(depth)))

    def _chain(self, depth: int, signs: tuple[str, ...], operand: Callable[[], _Operand]) -> _Operand:
        left = operand()
        while (token := self._peek()) is not None and token.text in signs and token.kind == "sign":
            self._at += 1
            left = _arithmetic(left, token, operand())
        return left

    def _value(self, depth: int) -> _Operand:
        self._limit(depth)
        token = self._peek()
        if token is None:
            raise ExpressionError("the condition ends where a value is expected", self._length)
        self._at += 1
        if token.kind == "number":
            return _number(float(token.text), token.offset)
        if token.kind == "text":
            text = token.text[1:-1]
            return _Operand(lambda _: text, is_number=False, offset=token.offset, literal=text)
        if token.text == "-":
            return _arithmetic(_number(0.0, token.offset), token, self._value(depth + 1))
        if token.text == "(":
            inner = self._sum(depth + 1)
            self._expect(")")
            return inner
        if token.kind == "name":
            return self._attribute(token)
        raise self._error("a value is expected, found", token)

    def _attribute(self, token: _Token) -> _Operand:
        following = self._peek()
        if following is not None and following.text in {"(", "["}:
            raise ExpressionError(
                f"{token.text!r} cannot be called or indexed: conditions have no functions", token.offset
            )
        attribute = _NAMES.get(token.text)
        if attribute is None:
            raise ExpressionError(
                f"unknown attribute {token.text!r}; known: {', '.join(ATTRIBUTE_BY_NAME)}", token.offset
            )
        self.attributes.append(attribute.name)
        is_number = not pa.types.is_string(attribute.type)
        return _Operand(_column_reader(attribute, is_number=is_number), is_number, token.offset, attribute)

    def _limit(self, depth: int) -> None:
        if depth > DEPTH_MAX:
            token = self._peek()
            raise ExpressionError(
                f"more than {DEPTH_MAX} levels of brackets or not", token.offset if token else self._length
            )

    def _peek(self, ahead: int = 0) -> _Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.text != text or token.kind not in {"sign", "word"}:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        token = self._peek()
        if not self._take(text):
            if token is not None:
                raise self._error(f"{text!r} is expected, found", token)
            raise ExpressionError(f"the condition ends where {text!r} is expected", self._length)

    def _error(self, message: str, token: _Token) -> ExpressionError:
        return ExpressionError(f"{message} {token.text!r}", token.offset)


class _NotAConditionError(ExpressionError):
    """A bracket that holds a value, not a condition."""


def _column_reader(attribute: Attribute, *, is_number: bool) -> Callable[[pa.Table], pa.Array | Floats]:
    def read(table: pa.Table) -> pa.Array | Floats:
        if attribute.name not in table.column_names:
            return np.full(table.num_rows, np.nan) if is_number else pa.nulls(table.num_rows, pa.string())
        column = as_array(table[attribute.name])
        return as_floats(column) if is_number else column

    return read


def _number(value: float, offset: int) -> _Operand:
    return _Operand(lambda table: np.full(table.num_rows, value), is_number=True, offset=offset, literal=value)


_ARITHMETIC: Mapping[str, np.ufunc] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


def _arithmetic(left: _Operand, sign: _Token, right: _Operand) -> _Operand:
    if not (left.is_number and right.is_number):
        raise ExpressionError(f"{sign.text!r} needs numbers on both sides", sign.offset)
    operate = _ARITHMETIC[sign.text]

    def read(table: pa.Table) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result: Floats = operate(left.read(table), right.read(table))
        return np.where(np.isfinite(result), result, np.nan)

    return _Operand(read, is_number=True, offset=left.offset)


def _compare(left: _Operand, sign: _Token, right: _Operand) -> Callable[[pa.Table], Truth]:
    if left.is_number != right.is_number:
        raise ExpressionError(f"a number and a text cannot be compared by {sign.text!r}", sign.offset)
    if left.is_number:
        return lambda table: compare_numbers(left.read(table), sign.text, right.read(table))
    if sign.text not in {"==", "!="}:
        raise ExpressionError(f"texts have no order for {sign.text!r}", sign.offset)
    attribute = left.attribute or right.attribute
    wanted = _code(attribute, right if left.attribute else left)
    if attribute is None or wanted is None:
        raise ExpressionError("one side must be an attribute and the other a text", sign.offset)
    column = left if left.attribute else right
    is_negated = sign.text == "!="

    def evaluate(table: pa.Table) -> Truth:
        values = column.read(table)
        is_equal = np.asarray(pc.fill_null(pc.equal(values, wanted), False), bool)
        is_unknown = np.asarray(pc.is_null(values), bool)
        return Truth((~is_equal if is_negated else is_equal) & ~is_unknown, is_unknown)

    return evaluate


def _code(attribute: Attribute | None, literal: _Operand) -> str | None:
    """The coded value a text means: the code itself, its label in either language, or an alias."""
    if attribute is None or not isinstance(literal.literal, str):
        return None
    if not attribute.codes:
        return literal.literal
    for code in attribute.codes:
        if literal.literal in (code.value, code.zh, code.en, *code.aliases):
            return code.value
    known = ", ".join(f"{code.value} {code.zh}" for code in attribute.codes)
    raise ExpressionError(f"{literal.literal!r} is no {attribute.name}; known: {known}", literal.offset)
