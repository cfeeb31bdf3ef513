"""What a model says about its position without meshing it; runs in the child process."""

from __future__ import annotations

from typing import Any

import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np

from converters.ifc.georeference_facts import georeference_facts
from converters.ifc.properties import PropertyReader
from converters.ifc.untyped import Entity, Model

_MAX_PRODUCTS = 2_000


def position_facts(model: Model) -> dict[str, Any]:
    """Units, georeferencing of every level, and the box (2, 3) in metres around the origins of products."""
    unit_m = float(ifcopenshell.util.unit.calculate_unit_scale(model))
    products = [p for p in model.by_type("IfcElement") if getattr(p, "ObjectPlacement", None) is not None]
    chosen = products[:: max(len(products) // _MAX_PRODUCTS, 1)]
    origins = np.array([_origin(p) for p in chosen], float).reshape(-1, 3) * unit_m
    origins = origins[np.isfinite(origins).all(axis=1)]
    box = np.stack([origins.min(axis=0), origins.max(axis=0)]) if len(origins) else np.zeros((2, 3))
    return {
        "schema": model.schema_identifier,
        "length_unit_m": unit_m,
        "georeference": georeference_facts(model, unit_m, PropertyReader(model)),
        "addresses": [a for kind in ("IfcSite", "IfcBuilding") for i in model.by_type(kind) for a in _addresses(i)],
        "bounds": box.tolist(),
        "products": len(products),
        "buildings": [],
    }


def _origin(product: Entity) -> np.ndarray[Any, Any]:
    matrix = np.array(ifcopenshell.util.placement.get_local_placement(product.ObjectPlacement), float)
    return matrix[:3, 3]


def _addresses(item: Entity) -> list[str]:
    address = getattr(item, "SiteAddress", None) or getattr(item, "BuildingAddress", None)
    if address is None:
        return []
    parts = [address.Country, address.Region, address.Town, *(address.AddressLines or ())]
    text = " ".join(part for part in parts if part)
    return [text] if text else []
