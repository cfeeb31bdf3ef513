"""How a kind declares its parameters once: as a dataclass whose fields know their label, unit and how to be read."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar

from cim_core.features.schema import ATTRIBUTE_BY_NAME
from cim_core.townscape.color.palette import ColorTolerance, Palette
from cim_core.townscape.yaml_nodes import Node

#: Least and greatest number of a unit, whatever the kind.
_UNIT_RANGE = {"%": (0.0, 100.0), "°": (0.0, 90.0)}

Palettes = Mapping[str, Palette]
Reader = Callable[[Node, Palettes], Any]
P = TypeVar("P")


def parameter(read: Reader, zh: str, en: str, unit: str = "", default: Any = MISSING) -> Any:  # noqa: ANN401
    """A dataclass field that a rule pack may set; without ``default`` it must be set."""
    return dataclasses.field(default=default, metadata={"read": read, "zh": zh, "en": en, "unit": unit})


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """What the vocabulary says about one parameter."""

    name: str
    zh: str
    en: str
    unit: str
    is_required: bool


def parameter_infos(parameters_type: type) -> tuple[ParameterInfo, ...]:
    """The declared parameters of a kind, in order."""
    return tuple(
        ParameterInfo(f.name, f.metadata["zh"], f.metadata["en"], f.metadata["unit"], f.default is MISSING)
        for f in dataclasses.fields(parameters_type)
    )


def parse_parameters(parameters_type: type[P], node: Node, palettes: Palettes) -> P:
    """Build the dataclass from a mapping. Raises RulePackError naming an unknown, missing or impossible parameter."""
    fields = dataclasses.fields(parameters_type)  # type: ignore[arg-type]
    required = [f.name for f in fields if f.default is MISSING]
    optional = [f.name for f in fields if f.default is not MISSING]
    given = {k: n for k, n in node.fields(required, optional).items() if not n.is_null or k in required}
    values = {f.name: f.metadata["read"](given[f.name], palettes) for f in fields if f.name in given}
    for field in fields:
        if isinstance(values.get(field.name), float):
            _check_unit(values[field.name], field.metadata["unit"], given[field.name])
    try:
        return parameters_type(**values)
    except ValueError as error:
        raise node.error(str(error)) from error


def percent(node: Node) -> float:
    """A number from 0 to 100; one below 1 is warned of, since it may be meant as a share of one."""
    value = node.number()
    _check_unit(value, "%", node)
    return value


def _check_unit(value: float, unit: str, node: Node) -> None:
    """Refuse what no percentage or angle can be, and warn of a share written where a percentage is asked."""
    low, high = _UNIT_RANGE.get(unit, (-math.inf, math.inf))
    if not low <= value <= high:
        raise node.error(f"{value:g} is not within {low:g} to {high:g} {unit}")
    if unit == "%" and 0.0 < value < 1.0 and not node.path.endswith(("tolerance", "tolerance_percent")):
        node.warn(f"{value:g} % is less than one per cent", f"write {value * 100:g} if {value * 100:g} % is meant")


def parameters_to_dict(parameters: Any) -> dict[str, Any]:  # noqa: ANN401
    """Parameters as JSON-ready values; palettes by id, unset ones left out."""
    return {
        f.name: _plain(getattr(parameters, f.name))
        for f in dataclasses.fields(parameters)
        if getattr(parameters, f.name) not in (None, ())
    }


def number(minimum: float | None = None, maximum: float | None = None, hint: str = "") -> Reader:
    """A number from ``minimum`` to ``maximum``; ``hint``: what to write where it is beyond."""

    def read(node: Node, _: Palettes) -> float:
        value = node.number()
        if minimum is not None and value < minimum:
            raise node.error(f"{value:g} is below {minimum:g}")
        if maximum is not None and value > maximum:
            raise node.error(f"{value:g} is above {maximum:g}", hint)
        return value

    return read


def share(usual: float = 1.0) -> Reader:
    """A share of one, from 0 to 1; what is given in per cent is refused."""
    return number(0.0, usual, hint="a share of one: 0.3 for 30 %")


def integer(minimum: int) -> Reader:
    """A whole number, at least ``minimum``."""

    def read(node: Node, _: Palettes) -> int:
        value = node.integer()
        if value < minimum:
            raise node.error(f"{value} is below {minimum}")
        return value

    return read


def choice(*options: str) -> Reader:
    """One of the given words."""
    return lambda node, _: node.choice(options)


def choices(*options: str) -> Reader:
    """A list of the given words."""
    return lambda node, _: tuple(child.choice(options) for child in node.sequence())


def names(node: Node, _: Palettes) -> tuple[str, ...]:
    """A list of names, checked where they meet a town."""
    return tuple(child.text() for child in node.sequence())


def flag(node: Node, _: Palettes) -> bool:
    """True or false."""
    return node.boolean()


def codes(attribute_name: str) -> Reader:
    """A list of coded values of a building attribute."""
    known = [code.value for code in ATTRIBUTE_BY_NAME[attribute_name].codes]
    return lambda node, _: tuple(child.choice(known) for child in node.sequence())


def palette_list(node: Node, palettes: Palettes) -> tuple[Palette, ...]:
    """A list of palette ids of the same pack."""
    return tuple(palettes[child.choice(palettes)] for child in node.sequence())


def color_tolerance(node: Node, _: Palettes) -> ColorTolerance:
    """A mapping of ``hue_steps``, ``value``, ``chroma``, each at least 0."""
    read = number(0.0)
    found = node.fields(optional=("hue_steps", "value", "chroma"))
    return ColorTolerance(**{name: read(child, {}) for name, child in found.items()})


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Palette):
        return value.id
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
