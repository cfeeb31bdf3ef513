"""Taking the place a photograph was made at out of its file, without touching a pixel."""

from __future__ import annotations

import io
import struct
import warnings

from PIL import Image

from api.pipeline.sniffing import JPEG, PNG, WEBP, FileKind

_GPS_IFD = 0x8825
_EXIF = b"Exif\x00\x00"
_XMP_WORDS = (b"GPSLatitude", b"GPSLongitude", b"GPSCoordinates")


def without_location(content: bytes, kind: FileKind) -> bytes:
    """The file without GPS in its EXIF or XMP; the same bytes where there is none or the kind knows none."""
    if kind is JPEG:
        return _jpeg(content)
    if kind is PNG:
        return _png(content)
    return _webp(content) if kind is WEBP else content


def _exif_without_gps(exif: bytes) -> bytes | None:
    """What can be read of an EXIF (without the word before it), written anew less its GPS directory; None for nothing.

    What cannot be read is left out: another program might find a place in it.
    """
    found = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Pillow warns of damage
            found.load(_EXIF + exif)
            found.pop(_GPS_IFD, None)
            return found.tobytes().removeprefix(_EXIF) if len(found) else None
    except (OSError, ValueError, SyntaxError, struct.error, KeyError):
        return None


def _has_place(xmp: bytes) -> bool:
    return any(word in xmp for word in _XMP_WORDS)


def _jpeg(content: bytes) -> bytes:
    out, at = io.BytesIO(), 2
    out.write(content[:2])
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        marker, body = content[at + 1], content[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xE1 and body.startswith(_EXIF):
            exif = _exif_without_gps(body.removeprefix(_EXIF))
            if exif is None:
                continue
            body = _EXIF + exif
        elif marker == 0xE1 and _has_place(body):
            continue
        out.write(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body)
    out.write(content[at:])
    return out.getvalue()


def _png(content: bytes) -> bytes:
    out, at = io.BytesIO(), 8
    out.write(content[:8])
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        word, chunk = content[at + 4 : at + 8], content[at : at + 12 + length]
        at += 12 + length
        if word != b"eXIf" and not (word in (b"iTXt", b"tEXt", b"zTXt") and _has_place(chunk)):
            out.write(chunk)
    out.write(content[at:])
    return out.getvalue()


def _webp(content: bytes) -> bytes:
    kept, at = io.BytesIO(), 12
    while at + 8 <= len(content):
        word, (length,) = content[at : at + 4], struct.unpack("<I", content[at + 4 : at + 8])
        chunk = content[at : at + 8 + length + length % 2]
        at += len(chunk)
        if word == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0b0000_1100]) + chunk[9:]  # says that EXIF and XMP follow
        if word not in (b"EXIF", b"XMP "):
            kept.write(chunk)
    body = b"WEBP" + kept.getvalue()
    return b"RIFF" + struct.pack("<I", len(body)) + body
