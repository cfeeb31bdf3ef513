"""The formats that come with the platform. The order is the sniffing order: cheap and specific first."""

from __future__ import annotations

from converters import footprints
from converters.base import Converter
from converters.registry import DeferredFormat, Registry

BUILTIN: tuple[Converter, ...] = (
    *footprints.FORMATS,
    DeferredFormat("ifc", "converters.ifc"),
    DeferredFormat("pointcloud", "converters.pointcloud"),
    DeferredFormat("mesh", "converters.mesh"),
)

REGISTRY = Registry(BUILTIN)
