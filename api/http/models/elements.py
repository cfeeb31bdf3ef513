"""Building models: the tree, lists of elements, and one element with all that the model says of it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from api.http.models.common import Answer, Names


class TreeNode(Answer):
    """One object of a building model; ``children`` says how many branches hang on it."""

    id: str
    parent_id: str | None
    building_id: str | None
    kind: str = Field(description="IFC class")
    kind_name: Names
    predefined_type: str | None
    name: str | None
    long_name: str | None
    elevation_m: float | None = Field(description="Of storeys and spaces, above the model's zero")
    type_name: str | None
    material: str | None
    classification: str | None
    cim_level: int | None
    gid: int | None = Field(description="The number tiles know it by; null for what has no shape")
    children: int


class BuildingTree(Answer):
    """One branch: the children of ``parent_id``, storeys from below."""

    dataset: str
    building_id: str
    parent_id: str
    numberMatched: int  # noqa: N815 - the name OGC API Features gives it
    nodes: list[TreeNode]


class ElementList(Answer):
    """One page of objects that match a filter."""

    dataset: str
    numberMatched: int  # noqa: N815 - the name OGC API Features gives it
    numberReturned: int  # noqa: N815 - the name OGC API Features gives it
    elements: list[TreeNode]


class PathStep(Answer):
    """One object above another in the tree."""

    id: str
    kind: str
    kind_name: Names
    name: str | None


class TypedValue(BaseModel):
    """A value as the model states it; ``type`` is the IFC measure, ``unit`` is left out where there is none."""

    value: Any
    type: str
    unit: str | None = None


class ElementType(BaseModel):
    """The type an element is an occurrence of."""

    id: str | None
    kind: str
    name: str | None
    predefined_type: str | None
    property_sets: dict[str, dict[str, TypedValue]]


class MaterialLayer(BaseModel):
    """One layer, constituent or part of an element's material, from the outside in as stated."""

    name: str | None
    thickness_m: float | None = None
    category: str | None = None


class Classification(BaseModel):
    """A code of a classification system."""

    system: str | None
    code: str | None
    name: str | None
    location: str | None = None


class ElementAnswer(Answer):
    """One object of a building model: where it hangs in the tree, and everything the model says of it.

    ``properties`` are its and its type's properties as plain values, a unit in brackets behind the name.
    """

    id: str
    dataset: str
    gid: int | None
    kind: str
    kind_name: Names
    name: str | None
    long_name: str | None
    predefined_type: str | None
    object_type: str | None
    tag: str | None
    description: str | None
    storey: str | None
    material: str | None
    classification: str | None
    cim_level: int | None
    elevation_m: float | None
    base_m: float | None
    height_m: float | None
    building_id: str | None
    path: list[PathStep]
    property_sets: dict[str, dict[str, TypedValue]]
    quantities: dict[str, dict[str, TypedValue]]
    materials: list[MaterialLayer]
    classifications: list[Classification]
    type: ElementType | None
    properties: dict[str, Any]
