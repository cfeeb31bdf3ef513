"""Munsell colors of ``#rrggbb`` columns, each distinct color converted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim_core.townscape.color.palette import MunsellColors
from cim_core.townscape.color.srgb import parse_hex


@dataclass(frozen=True, slots=True)
class ColorTable:
    """Distinct color texts and their Munsell colors, in the same order."""

    hex_colors: pa.Array
    colors: MunsellColors

    @classmethod
    def of(cls, columns: Sequence[pa.Array]) -> ColorTable:
        """Convert every distinct text of the columns; a text that is not ``#rrggbb`` is unknown."""
        from cim_core.townscape.color.munsell import srgb_to_munsell

        distinct = pc.unique(pa.concat_arrays(list(columns))).drop_null() if columns else pa.array([], pa.string())
        rgb, is_valid = parse_hex(distinct)
        found = srgb_to_munsell(rgb[is_valid])
        hue, value, chroma = (np.full(len(distinct), np.nan) for _ in range(3))
        hue[is_valid], value[is_valid], chroma[is_valid] = found.hue, found.value, found.chroma
        return cls(distinct, MunsellColors(hue, value, chroma))

    def extended(self, columns: Sequence[pa.Array]) -> ColorTable:
        """This table and the texts of the columns it does not have yet."""
        texts = pc.unique(pa.concat_arrays(list(columns))).drop_null()
        new = texts.filter(pc.invert(pc.is_in(texts, self.hex_colors)))
        if len(new) == 0:
            return self
        more = ColorTable.of([new])
        both = zip((self.colors.hue, self.colors.value, self.colors.chroma),
                   (more.colors.hue, more.colors.value, more.colors.chroma), strict=True)  # fmt: skip
        joined = MunsellColors(*(np.concatenate(pair) for pair in both))
        return ColorTable(pa.concat_arrays([self.hex_colors, more.hex_colors]), joined)

    def lookup(self, hex_colors: pa.Array) -> MunsellColors:
        """Munsell colors, one a row; NaN where the text is missing, unreadable or not in the table."""
        row = pc.index_in(hex_colors, self.hex_colors).fill_null(-1).to_numpy(zero_copy_only=False)
        padded = [np.append(column, np.nan) for column in (self.colors.hue, self.colors.value, self.colors.chroma)]
        return MunsellColors(*(column[row] for column in padded))
