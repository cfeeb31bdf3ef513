"""What else an edit of a building does: values that rested on the one that was changed are known no more."""

from __future__ import annotations

from collections.abc import Mapping

#: Attribute → those that were measured with it. An eave or ridge of the old height would stand above the new top.
RESTS_ON: Mapping[str, tuple[str, ...]] = {"height_m": ("eave_height_m", "ridge_height_m")}


def with_forgotten(values: Mapping[str, object]) -> dict[str, object]:
    """The values an edit sets, and None for those that rested on them and are not set with them.

    >>> with_forgotten({"height_m": 6.0, "eave_height_m": 5.0})
    {'height_m': 6.0, 'eave_height_m': 5.0, 'ridge_height_m': None}
    """
    forgotten = [name for changed in values for name in RESTS_ON.get(changed, ())]
    return {**values, **{name: None for name in forgotten if name not in values}}
