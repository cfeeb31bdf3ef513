"""Point clouds (LAS, LAZ): what the header says; the points themselves are streamed by the tiler."""

from converters.pointcloud.reader import FORMAT

__all__ = ["FORMAT"]
