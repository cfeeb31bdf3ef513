r"""Cuts the bundled geoid model out of the global EGM96 grid; run once, the result is committed.

apt-get install proj-data
python -m cim_core.crs.geoid.cut /usr/share/proj/egm96_15.gtx cim_core/crs/geoid/egm96-15min-north-china.gtx
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from cim_core.crs.geoid.gtx import encode_gtx, read_gtx
from cim_core.crs.geoid.model import GeoidModel

#: West, south, east, north: Shanxi and its neighbours.
AREA_DEG = (105.0, 32.0, 120.0, 44.0)


def cut_geoid(model: GeoidModel, area_deg: tuple[float, float, float, float]) -> GeoidModel:
    """The nodes of a model inside an area whose borders lie on nodes."""
    west, south, east, north = area_deg
    first_column, last_column = (round((lon - model.west_deg) / model.lon_step_deg) for lon in (west, east))
    first_row, last_row = (round((lat - model.south_deg) / model.lat_step_deg) for lat in (south, north))
    nodes = model.undulation_m[first_row : last_row + 1, first_column : last_column + 1]
    return replace(model, west_deg=west, south_deg=south, undulation_m=nodes)


if __name__ == "__main__":
    source, target = (Path(argument) for argument in sys.argv[1:3])
    target.write_bytes(encode_gtx(cut_geoid(read_gtx(source), AREA_DEG)))
