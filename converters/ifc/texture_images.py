"""The pictures of IFC: in the file as bytes or pixels, in a data URI, or in a file beside the model; never fetched."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from converters.ifc.untyped import Entity
from converters.pictures import MAX_PIXELS, Picture, PictureError, picture_of_pixels, read_picture

#: All pictures of a model together may take so many bytes in tiles.
MAX_TOTAL_BYTES = 128_000_000
_DATA_URI = re.compile(r"data:[^,;]*((?:;[^,;]*)*),(.*)", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
#: What a texture is for, where it is not the color of the surface (X3D, ISO/IEC 19775-1, and glTF's terms).
_NOT_COLOR = {"NORMAL", "BUMP", "METALLICROUGHNESS", "OCCLUSION", "ROUGHNESS", "SHININESS", "SPECULAR", "REFLECTION"}


@dataclass(frozen=True, slots=True)
class Paint:
    """A picture, whether it repeats across and upwards, and the 2D matrix (3, 3) that its coordinates go through."""

    picture: Picture
    repeats: tuple[bool, bool]
    transform: NDArray[np.float64]

    def facts(self) -> dict[str, Any]:
        """As plain values that fit into JSON."""
        return {
            "data": base64.b64encode(self.picture.data).decode("ascii"),
            "media_type": self.picture.media_type,
            "repeats": list(self.repeats),
            "has_alpha": self.picture.has_alpha,
        }


class PaintBox:
    """Every texture of a model decoded once. ``files``: what lies beside the model, by relative name."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._known: dict[int, int | PictureError] = {}
        self._bytes = 0
        self.paints: list[Paint] = []

    def pick(self, textures: tuple[Entity, ...]) -> int:
        """The number among ``paints`` of the texture that colors the surface. Raises PictureError."""
        color = [texture for texture in textures if _purpose(texture) not in _NOT_COLOR]
        if not color:
            raise PictureError("its textures are for something else than color")
        step = color[0].id()
        if step not in self._known:
            try:
                self._known[step] = self._add(color[0])
            except PictureError as error:
                self._known[step] = error
            except (ArithmeticError, AttributeError, TypeError, ValueError):
                self._known[step] = PictureError(f"#{step} is malformed")
        known = self._known[step]
        if isinstance(known, PictureError):
            raise known
        return known

    def _add(self, texture: Entity) -> int:
        paint = Paint(
            self._picture(texture), (bool(texture.RepeatS), bool(texture.RepeatT)), _matrix(texture.TextureTransform)
        )
        self._bytes += len(paint.picture.data)
        if self._bytes > MAX_TOTAL_BYTES:
            raise PictureError(f"the pictures of the model take more than {MAX_TOTAL_BYTES / 1e6:.0f} MB")
        self.paints.append(paint)
        return len(self.paints) - 1

    def _picture(self, texture: Entity) -> Picture:
        if texture.is_a("IfcBlobTexture"):
            return read_picture(_bytes_of(texture.RasterCode))
        if texture.is_a("IfcPixelTexture"):
            return picture_of_pixels(_pixels(texture))
        if texture.is_a("IfcImageTexture"):
            return read_picture(self._file(str(getattr(texture, "URLReference", None) or texture.UrlReference)))
        raise PictureError(f"{texture.is_a()} is not read")

    def _file(self, reference: str) -> bytes:
        found = _DATA_URI.match(reference)
        if found:
            try:
                is_base64 = found[1].lower().endswith(";base64")
                return base64.b64decode(unquote(found[2])) if is_base64 else unquote_to_bytes(found[2])
            except (binascii.Error, ValueError) as error:
                raise PictureError("its data URI is damaged") from error
        if _SCHEME.match(reference):
            raise PictureError(f"{reference[:80]!r} is an address or a place on another machine; nothing is fetched")
        for name in dict.fromkeys((reference, unquote(reference))):
            try:
                return self._files[name]
            except KeyError:
                continue
        raise PictureError(f"the file {reference[:80]!r} is not beside the model")


def _purpose(texture: Entity) -> str:
    return str(getattr(texture, "Mode", None) or getattr(texture, "TextureType", None) or "").upper()


def _bytes_of(code: object) -> bytes:
    """Bytes of an IfcBinary, which the parser gives as a text of zeros and ones. Raises PictureError."""
    if not isinstance(code, str) or not code or len(code) % 8 or code.strip("01"):
        raise PictureError("its bytes are damaged")
    return int(code, 2).to_bytes(len(code) // 8, "big")


def _pixels(texture: Entity) -> NDArray[np.uint8]:
    """Pixels (height, width, 4), upper row first; IFC counts them from the lower left. Raises PictureError."""
    width, height, components = (int(v or 0) for v in (texture.Width, texture.Height, texture.ColourComponents))
    rows = texture.Pixel or ()
    if not (width > 0 and height > 0 and width * height <= MAX_PIXELS and 1 <= components <= 4):
        raise PictureError(f"it says {width} × {height} pixels of {components} components")
    if len(rows) != width * height:
        raise PictureError(f"it has {len(rows)} of {width * height} pixels")
    data = b"".join(_bytes_of(row) for row in rows)
    if len(data) != width * height * components:
        raise PictureError("its pixels have another number of components than it says")
    values = np.frombuffer(data, np.uint8).reshape(height, width, components)[::-1]
    color = values[..., [0, 0, 0]] if components < 3 else values[..., :3]
    alpha = values[..., -1:] if components in (2, 4) else np.full((height, width, 1), 255, np.uint8)
    return np.ascontiguousarray(np.concatenate([color, alpha], axis=2))


def _matrix(operator: Entity | None) -> NDArray[np.float64]:
    """The matrix of an IfcCartesianTransformationOperator2D; IFC counts from the lower left corner of the picture."""
    matrix = np.eye(3)
    if operator is None:
        return matrix
    x = np.array(operator.Axis1.DirectionRatios if operator.Axis1 is not None else (1.0, 0.0), float)[:2]
    x /= np.linalg.norm(x) or 1.0
    y = np.array([-x[1], x[0]])
    if operator.Axis2 is not None and float(np.dot(y, operator.Axis2.DirectionRatios[:2])) < 0:
        y = -y
    scale = float(operator.Scale or 1.0)
    second = float(getattr(operator, "Scale2", None) or scale)
    matrix[:2, 0], matrix[:2, 1] = x * scale, y * second
    matrix[:2, 2] = operator.LocalOrigin.Coordinates[:2]
    return matrix
