"""Materials of glTF, and the pictures in them, each stored once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cim_core.features.texture import TextureImage
from tiles.tilemesh import TileMesh

_LINEAR, _LINEAR_MIPMAP_LINEAR = 9729, 9987
_CLAMP_TO_EDGE, _REPEAT = 33071, 10497


def encode_materials(meshes: Sequence[TileMesh], add_bytes: Callable[[bytes], int]) -> dict[str, Any]:
    """``materials``, one a mesh, and where there are pictures ``textures``, ``images`` and ``samplers``.

    ``add_bytes`` stores a picture and returns the number of its buffer view.
    """
    pictures = list(dict.fromkeys(mesh.picture for mesh in meshes if mesh.picture is not None))
    document: dict[str, Any] = {"materials": [_material(mesh, pictures) for mesh in meshes]}
    if pictures:
        files = {picture.data: picture.media_type for picture in pictures}
        samplers = list(dict.fromkeys(picture.repeats for picture in pictures))
        source = {data: number for number, data in enumerate(files)}
        document["images"] = [{"bufferView": add_bytes(data), "mimeType": kind} for data, kind in files.items()]
        document["samplers"] = [_sampler(repeats) for repeats in samplers]
        document["textures"] = [
            {"source": source[picture.data], "sampler": samplers.index(picture.repeats)} for picture in pictures
        ]
    return document


def _material(mesh: TileMesh, pictures: list[TextureImage]) -> dict[str, Any]:
    surface: dict[str, Any] = {"metallicFactor": 0, "roughnessFactor": 1}
    if len(mesh.colors) == 1:
        surface["baseColorFactor"] = [round(int(value) / 255, 4) for value in mesh.colors[0]]
    material: dict[str, Any] = {"pbrMetallicRoughness": surface}
    if mesh.picture is not None:
        surface["baseColorTexture"] = {"index": pictures.index(mesh.picture)}
        if mesh.picture.has_alpha:
            material["alphaMode"] = "MASK"  # a fence, a tree: drawn or not, so that order does not matter
    if mesh.is_translucent:
        material["alphaMode"] = "BLEND"
    if mesh.is_double_sided:
        material["doubleSided"] = True
    return material


def _sampler(repeats: tuple[bool, bool]) -> dict[str, int]:
    across, upwards = (_REPEAT if repeat else _CLAMP_TO_EDGE for repeat in repeats)
    return {"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP_LINEAR, "wrapS": across, "wrapT": upwards}
