"""Pictures of models, made ready for tiles: PNG or JPEG, not too large, with the mean of their colors."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Longest side in tiles; a larger picture is scaled down. A brick wall 3 m high then still has 3 mm to a pixel.
MAX_SIDE_PX = 1024
#: A picture of more pixels is not decoded at all.
MAX_PIXELS = 64_000_000
_JPEG_QUALITY = 88
_MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}
#: What GL draws as it is, with eight bits a channel.
_PLAIN_MODES = {"PNG": ("L", "LA", "RGB", "RGBA", "P"), "JPEG": ("L", "RGB")}
_READ = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "TGA")
_OPAQUE = 255


class PictureError(ValueError):
    """A picture that cannot be used; the message says why, for the report."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a PNG or JPEG, its mean color (r, g, b, a) in sRGB 0–255, and whether parts are see-through."""

    data: bytes
    media_type: str
    mean_srgb: tuple[int, int, int, int]
    has_alpha: bool


def read_picture(data: bytes) -> Picture:
    """Decode a picture, and keep its bytes where tiles can carry them. Raises PictureError."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd but usable files
            with Image.open(io.BytesIO(data), formats=_READ) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PictureError(f"the picture has {image.width} × {image.height} pixels")
                kind, mode = image.format or "", image.mode
                image.load()
                is_large = max(image.size) > MAX_SIDE_PX
                pixels = image.convert("RGBA")
    except PictureError:
        raise
    except Exception as error:  # Pillow raises whatever its decoders meet
        raise PictureError("the picture cannot be read") from error
    if is_large:
        pixels.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
    values = np.asarray(pixels)
    if not is_large and mode in _PLAIN_MODES.get(kind, ()):
        return Picture(data, _MEDIA_TYPES[kind], *_color(values))
    return _encode(values, *_color(values))


def picture_of_pixels(values: NDArray[np.uint8]) -> Picture:
    """A picture from pixels (height, width, 4) sRGB with alpha, the upper row first. Raises PictureError."""
    if not values.size or values.shape[0] * values.shape[1] > MAX_PIXELS:
        raise PictureError(f"the picture has {values.shape[1]} × {values.shape[0]} pixels")
    if max(values.shape[:2]) > MAX_SIDE_PX:
        from PIL import Image

        image = Image.fromarray(values, "RGBA")
        image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
        values = np.asarray(image)
    return _encode(values, *_color(values))


def _encode(values: NDArray[np.uint8], mean_srgb: tuple[int, int, int, int], has_alpha: bool) -> Picture:
    """Small pictures and those with see-through parts as PNG, which loses nothing; others as JPEG."""
    from PIL import Image

    out = io.BytesIO()
    is_small = max(values.shape[:2]) <= 64
    image = Image.fromarray(values if has_alpha else np.ascontiguousarray(values[..., :3]))
    if has_alpha or is_small:
        image.save(out, "PNG")
        return Picture(out.getvalue(), "image/png", mean_srgb, has_alpha)
    image.save(out, "JPEG", quality=_JPEG_QUALITY)
    return Picture(out.getvalue(), "image/jpeg", mean_srgb, has_alpha)


def _color(values: NDArray[np.uint8]) -> tuple[tuple[int, int, int, int], bool]:
    """The mean of what can be seen, of light as it adds up (IEC 61966-2-1), and whether parts are see-through."""
    alpha = values[..., 3].astype(np.float64)
    level = np.arange(256) / 255.0
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    weight = alpha if alpha.sum() > 0 else np.ones_like(alpha)
    mean = (linear[values[..., :3]] * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
    srgb = np.where(mean <= 0.0031308, 12.92 * mean, 1.055 * mean ** (1 / 2.4) - 0.055)
    red, green, blue = (int(value) for value in np.rint(srgb * 255))
    return (red, green, blue, _OPAQUE), bool((alpha < _OPAQUE).any())
