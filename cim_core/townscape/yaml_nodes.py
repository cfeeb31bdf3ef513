"""YAML read safely, with the line and column of every value kept for the error message."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import yaml

from cim_core.errors import RulePackError


def parse_yaml(text: str, where: str) -> Node:
    """The root of a YAML document. Raises RulePackError for bad syntax, several documents, anchors or aliases.

    ``where`` is the name of the file for messages. Aliases are refused, so that a small file cannot grow.
    """
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _error_at(event.start_mark, where, "anchors and aliases are not allowed", "write the value out")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _error_at(mark, where, f"not valid YAML: {error.problem or error.context}", "") from error
    except yaml.YAMLError as error:
        raise RulePackError(f"not valid YAML: {error}", where=where) from error
    if root is None:
        raise RulePackError("the document is empty", where=where)
    return Node(root, where, warnings=[])


@dataclass(frozen=True, slots=True)
class Warned:
    """What may be a mistake: its place as ``file:line:column``, what it is and what to write."""

    where: str
    message: str
    hint: str


class Node:
    """One value of the document with its place; the methods say what is expected and raise RulePackError otherwise."""

    def __init__(self, node: yaml.Node, where: str, path: str = "", warnings: list[Warned] | None = None) -> None:
        self._node = node
        self._where = where
        self.path = path
        #: Of the whole document, in the order they were found.
        self.warnings: list[Warned] = [] if warnings is None else warnings

    def warn(self, message: str, hint: str = "") -> None:
        """Note what may be a mistake and can be read all the same."""
        error = self.error(message, hint)
        self.warnings.append(Warned(error.where or self._where, error.message, hint))

    def error(self, message: str, hint: str = "") -> RulePackError:
        """An error that names this place as ``file:line:column`` and the path of keys that leads to it."""
        prefix = f"{self.path}: " if self.path else ""
        return _error_at(self._node.start_mark, self._where, prefix + message, hint)

    def error_at(self, offset: int, message: str, hint: str = "") -> RulePackError:
        """The error at a character of this text, counted from 0; exact for a text on one line of the file."""
        mark = self._node.start_mark
        is_one_line = mark.line == self._node.end_mark.line
        quote = 1 if getattr(self._node, "style", None) else 0
        prefix = f"{self.path}: " if self.path else ""
        where = f"{self._where}:{mark.line + 1}:{mark.column + 1 + (offset + quote if is_one_line else 0)}"
        return RulePackError(f"{prefix}{message} (character {offset + 1} of the text)", where=where, hint=hint)

    @property
    def is_null(self) -> bool:
        """Whether the value is ``null`` or left empty."""
        return isinstance(self._node, yaml.ScalarNode) and self._node.tag == "tag:yaml.org,2002:null"

    @property
    def is_sequence(self) -> bool:
        """Whether the value is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def items(self) -> dict[str, Node]:
        """A mapping with free keys, in order; a repeated key is refused."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error(f"expected a mapping of keys to values, found {self._describe()}")
        found: dict[str, Node] = {}
        for key_node, value_node in self._node.value:
            key = Node(key_node, self._where, self.path).key()
            if key in found:
                raise _error_at(key_node.start_mark, self._where, f"{self._child(key)}: the key appears twice", "")
            found[key] = Node(value_node, self._where, self._child(key), self.warnings)
        return found

    def fields(self, required: Collection[str] = (), optional: Collection[str] = ()) -> dict[str, Node]:
        """A mapping whose keys are known: all of ``required``, any of ``optional``, nothing else."""
        found = self.items()
        known = [*required, *optional]
        for key, node in found.items():
            if key not in known:
                raise node.error(f"unknown key {key!r}", f"known here: {', '.join(known)}")
        for key in required:
            if key not in found:
                raise self.error(f"{key!r} is missing")
        return found

    def sequence(self) -> list[Node]:
        """The entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error(f"expected a list, found {self._describe()}")
        return [
            Node(child, self._where, f"{self.path}[{i}]", self.warnings) for i, child in enumerate(self._node.value)
        ]

    def key(self) -> str:
        """The text of a scalar exactly as written, whatever YAML would make of it."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("expected a simple key")
        return str(self._node.value)

    def text(self) -> str:
        """A non-empty text; numbers and dates are taken as written."""
        if not isinstance(self._node, yaml.ScalarNode) or self.is_null or not str(self._node.value).strip():
            raise self.error(f"expected a text, found {self._describe()}")
        return str(self._node.value).strip()

    def number(self) -> float:
        """A finite number."""
        value = self._scalar()
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.error(f"expected a number, found {self._describe()}")
        return float(value)

    def integer(self) -> int:
        """A whole number."""
        value = self._scalar()
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(f"expected a whole number, found {self._describe()}")
        return value

    def boolean(self) -> bool:
        """True or false."""
        value = self._scalar()
        if not isinstance(value, bool):
            raise self.error(f"expected true or false, found {self._describe()}")
        return value

    def date(self) -> dt.date:
        """A calendar date, ``2026-01-31``."""
        value = self._scalar()
        if isinstance(value, str):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                raise self.error(f"expected a date like 2026-01-31, found {value!r}") from None
        if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
            raise self.error(f"expected a date like 2026-01-31, found {self._describe()}")
        return value

    def choice(self, options: Collection[str]) -> str:
        """One of the given words."""
        value = self.text()
        if value not in options:
            raise self.error(f"unknown value {value!r}", f"known here: {', '.join(options)}")
        return value

    def _scalar(self) -> object:
        if not isinstance(self._node, yaml.ScalarNode):
            return None
        try:
            value: object = yaml.SafeLoader("").construct_object(self._node)
        except (yaml.YAMLError, ValueError) as error:
            raise self.error(f"cannot be read: {error}") from error
        return value

    def _describe(self) -> str:
        if isinstance(self._node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self._node, yaml.SequenceNode):
            return "a list"
        return "nothing" if self.is_null else repr(str(self._node.value))

    def _child(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _error_at(mark: Any, where: str, message: str, hint: str) -> RulePackError:  # noqa: ANN401 - a mark of the C or Python reader
    place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark is not None else where
    return RulePackError(message, where=place, hint=hint)
