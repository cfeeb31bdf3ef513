"""Single models (OBJ, glTF, STL, PLY) that carry no position of their own."""

from converters.mesh.reader import FORMAT

__all__ = ["FORMAT"]
