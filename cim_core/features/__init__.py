"""Features as columns: the agreed schema and the batches that carry it."""

from cim_core.features.batch import FeatureBatch, FeatureStream, SourceMeta, with_gids
from cim_core.features.blocks import Blocks
from cim_core.features.mesh import ExpandedMesh, MeshColumns
from cim_core.features.schema import ATTRIBUTE_BY_NAME, BUILDING_ATTRIBUTES, Attribute, Code, building_schema
from cim_core.features.texture import FaceTextures, TextureImage

__all__ = [
    "ATTRIBUTE_BY_NAME",
    "BUILDING_ATTRIBUTES",
    "Attribute",
    "Blocks",
    "Code",
    "ExpandedMesh",
    "FaceTextures",
    "FeatureBatch",
    "FeatureStream",
    "MeshColumns",
    "SourceMeta",
    "TextureImage",
    "building_schema",
    "with_gids",
]
