"""Building models: the tree from building to storey to element, lists by property, and one element in full."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.http import examples_elements as examples
from api.http.context import Town, TownDep
from api.http.ifc_names import class_name
from api.http.models.elements import BuildingTree, ElementAnswer, ElementList
from api.http.responses import JsonResponse, documented
from api.http.rows import json_object
from cim_core.errors import NotFoundError
from cim_core.store.model_objects import ObjectFilter

router = APIRouter(tags=["building models"])

MAX_PAGE = 1_000
_Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Page size")]
_Offset = Annotated[int, Query(ge=0, le=2**31, description="Objects to skip")]
_NODE = (
    "id", "parent_id", "building_id", "kind", "predefined_type", "name", "long_name", "elevation_m", "type_name",
    "material", "classification", "cim_level", "gid", "children",
)  # fmt: skip
_OF_OBJECT = (
    "id", "dataset", "gid", "kind", "name", "long_name", "predefined_type", "object_type", "tag", "description",
    "material", "classification", "cim_level", "elevation_m", "building_id",
)  # fmt: skip


@router.get(
    "/buildings/{dataset}/{building_id:path}/tree",
    summary="One branch of a building's tree",
    responses=documented(BuildingTree, examples.TREE, 404, 422),
)
def get_tree(
    dataset: str,
    building_id: str,
    town: TownDep,
    parent: Annotated[str | None, Query(description="Object whose children are wanted; the building itself")] = None,
    limit: _Limit = MAX_PAGE,
    offset: _Offset = 0,
) -> JsonResponse:
    """Children of the building, of a storey, of a space or of an element: ask on with ``parent`` as a person opens it.

    A building that is no model has no branches.
    """
    town.store.building(dataset, building_id)
    above = parent or building_id
    count, table = town.store.model_objects(ObjectFilter(dataset, parent=above), limit, offset)
    nodes = [_node(row) for row in table.to_pylist()]
    return JsonResponse(
        {
            "dataset": dataset,
            "building_id": building_id,
            "parent_id": above,
            "numberMatched": count,
            "nodes": nodes,
        }
    )


@router.get(
    "/elements/{dataset}",
    summary="Objects of a building model",
    responses=documented(ElementList, examples.ELEMENTS, 404, 422),
)
def list_elements(
    dataset: str,
    town: TownDep,
    building: Annotated[str | None, Query(description="Only objects of this building")] = None,
    kind: Annotated[str | None, Query(description="Only these IFC classes, separated by commas")] = None,
    name: Annotated[str | None, Query(description="Only names that contain this")] = None,
    property: Annotated[
        str | None, Query(description="Only objects with this property: Set.Name, e.g. Pset_WallCommon.IsExternal")
    ] = None,
    value: Annotated[str | None, Query(description="Only where the property has this value")] = None,
    limit: _Limit = 100,
    offset: _Offset = 0,
) -> JsonResponse:
    """Objects by building, class, name and property, storeys first, then in the file's order."""
    town.store.dataset(dataset)
    kinds = tuple(part.strip() for part in kind.split(",") if part.strip()) if kind else ()
    where = ObjectFilter(dataset, building, None, kinds, name, property, value)
    count, table = town.store.model_objects(where, limit, offset)
    nodes = [_node(row) for row in table.to_pylist()]
    return JsonResponse({"dataset": dataset, "numberMatched": count, "numberReturned": len(nodes), "elements": nodes})


@router.get(
    "/elements/{dataset}/{element_id:path}",
    summary="One object of a building model",
    responses=documented(ElementAnswer, examples.ELEMENT, 404),
)
def get_element(dataset: str, element_id: str, town: TownDep) -> JsonResponse:
    """Class, place in the tree, property sets and quantities with units, materials, classification and type."""
    shape = _shape(town, dataset, element_id)
    try:
        row = town.store.model_object(dataset, element_id)
    except NotFoundError:  # a dataset of elements that brought no tree
        if shape is None:
            raise
        row = {**dict.fromkeys(_OF_OBJECT), **shape, "building_id": shape["parent_id"], "semantics": {}, "path": []}
    semantics = row["semantics"]
    path = [{**step, "kind_name": class_name(step["kind"])} for step in row["path"]]
    storey = next((step["name"] for step in reversed(path) if step["kind"] == "IfcBuildingStorey"), None)
    shape = shape or {}
    return JsonResponse(
        {
            **{name: row[name] for name in _OF_OBJECT},
            "kind_name": class_name(row["kind"]),
            "storey": storey or shape.get("storey"),
            **{name: shape.get(name) for name in ("base_m", "height_m")},
            "path": path,
            **{name: semantics.get(name) or {} for name in ("property_sets", "quantities")},
            **{name: semantics.get(name) or [] for name in ("materials", "classifications")},
            "type": semantics.get("type"),
            "properties": json_object(shape.get("properties")),
        }
    )


def _shape(town: Town, dataset: str, element_id: str) -> dict[str, Any] | None:
    """The row of the element that has a shape; None for a storey, a space, an assembly."""
    try:
        row: dict[str, Any] = town.store.element(dataset, element_id).to_pylist()[0]
    except NotFoundError:
        return None
    return row


def _node(row: dict[str, Any]) -> dict[str, Any]:
    return {**{name: row[name] for name in _NODE}, "kind_name": class_name(row["kind"])}
