"""Index arithmetic on variable-length runs, for the tiler."""

from cim_core.geometry.ragged import Indices, concat_ranges, starts_of

__all__ = ["Indices", "concat_ranges", "starts_of"]
