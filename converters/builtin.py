"""The formats that come with the platform. The order is the sniffing order: cheap and specific first."""

from __future__ import annotations

from converters import footprints, ifc, mesh, pointcloud
from converters.base import Converter
from converters.registry import Registry

BUILTIN: tuple[Converter, ...] = (*footprints.FORMATS, ifc.FORMAT, pointcloud.FORMAT, mesh.FORMAT)

REGISTRY = Registry(BUILTIN)
