"""What became of a model's textures: the pictures for the tiles, and for every element that lost one the reason."""

from __future__ import annotations

import base64
from typing import Any

from cim_core.features import TextureImage
from cim_core.issues import IssueLog
from converters.ifc.mesh import ModelShapes

_REMADE = "its faces came out so that its texture coordinates fit none of them"
_HINT = (
    "give the pictures inside the model or beside it, and texture coordinates on IfcTriangulatedFaceSet, "
    "IfcPolygonalFaceSet or the faces of breps; until then the element has the color of its style"
)


def carried_images(facts: dict[str, Any]) -> tuple[TextureImage, ...]:
    """The pictures that the shapes of a model name by number."""
    return tuple(
        TextureImage(
            base64.b64decode(image["data"]),
            image["media_type"],
            (bool(image["repeats"][0]), bool(image["repeats"][1])),
            image["has_alpha"],
        )
        for image in (facts["textures"] or {"images": ()})["images"]
    )


def report_textures(facts: dict[str, Any], shapes: ModelShapes, log: IssueLog) -> None:
    """Say which elements are painted, and warn of every element that should be and is not."""
    textures = facts["textures"]
    if textures is None:
        return
    elements = facts["elements"]
    name_by_step = dict(zip(elements["step"], zip(elements["id"], elements["kind"], strict=True), strict=True))
    reasons: dict[int, list[str]] = {int(step): some for step, some in textures["reasons"].items()}
    is_painted = [shape.image is not None and bool((shape.image >= 0).any()) for shape in shapes.shapes]
    painted = {
        step for step, shape in zip(shapes.step.tolist(), shapes.shape.tolist(), strict=True) if is_painted[shape]
    }
    made = set(shapes.step.tolist())
    for step in textures["painted"]:
        if step in made and step not in painted:
            reasons.setdefault(step, []).append(_REMADE)
    for step, some in sorted(reasons.items()):
        if step in made:
            guid, kind = name_by_step[step]
            text = f"{kind}: its texture is not carried: {'; '.join(some)}"
            log.warn("texture-not-carried", text, feature_id=guid, where=f"#{step}", hint=_HINT)
    if painted:
        size = sum(len(image.data) for image in carried_images(facts))
        log.note(
            "textures",
            f"{len(painted)} elements carry {len(textures['images'])} pictures of {size / 1000:.0f} kB in all",
        )
    generated = painted.intersection(textures["generated"])
    if generated:
        log.note(
            "texture-coordinates-made",
            f"{len(generated)} elements with a texture coordinate generator (COORD): the picture covers one metre by "
            "one metre of the side a face looks to, in the frame of the item",
        )
