"""State columns: what the viewer colors by."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.http.models.common import Answer


class StateColumnAnswer(Answer):
    """How to read one column: little-endian, ``components`` values a feature, indexed by gid."""

    name: str
    dtype: Literal["uint8", "uint16", "float32"]
    components: int
    codes: list[str] = Field(description="Meaning of the integers, by position")
    no_data: int | None = Field(description="The integer that means none; floats use NaN, colors alpha 0")
    unit: str


class StateAnswer(Answer):
    """The state columns of a dataset."""

    features: int
    columns: list[StateColumnAnswer]
