"""The CIM level of data whose source does not say it; the rule is data in ``levels.yaml``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_RULE = Path(__file__).with_name("levels.yaml")


def level_number(text: str | None) -> int | None:
    """The CIM level a dataset states as a number: 4 of "CIM4" or "4"; None where it states none."""
    digits = "".join(character for character in text or "" if character.isdigit())
    return int(digits) if digits else None


def level_of_kind(kind: str) -> int:
    """The level of a kind of data: ``buildings``, ``elements``, ``mesh`` or ``pointcloud``."""
    level: int = _rule()["kinds"][kind]
    return level


def level_of_dataset(kind: str, measured: Iterable[int | None], *, has_heights: bool, is_textured: bool = True) -> int:
    """The level a dataset gets at import: the least its buildings state, else that of its kind.

    ``has_heights``: whether any building of it has a height; outlines alone are drawn flat. ``is_textured``: whether
    the faces of a mesh show what its surface looks like.
    """
    stated = [level for level in measured if level is not None]
    if stated and kind == "elements":
        return min(stated)
    if kind == "mesh" and not is_textured:
        plain: int = _rule()["mesh_of_plain_colors"]
        return plain
    return _outline() if kind == "buildings" and not has_heights else level_of_kind(kind)


def level_of_building(
    own: int | None, said: int | None, of_dataset: int | None, kind: str, *, has_height: bool
) -> int | None:
    """The level of a building: its own, else what the catalogue says of its dataset, else the dataset's.

    An outline without height is not more than that, unless it or the catalogue says otherwise.
    """
    if own is not None or said is not None:
        return own if own is not None else said
    return _outline() if kind == "buildings" and not has_height else of_dataset


def _outline() -> int:
    level: int = _rule()["outline_without_height"]
    return level


@cache
def _rule() -> dict[str, Any]:
    rule: dict[str, Any] = yaml.safe_load(_RULE.read_text(encoding="utf-8"))
    return rule
