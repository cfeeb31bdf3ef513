"""Which existing buildings a design takes the place of, by how far its outline covers them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from cim_core.townscape.texts import as_array

MATCH_SCHEMA = pa.schema(
    [
        pa.field("design_dataset", pa.string(), nullable=False),
        pa.field("design_id", pa.string(), nullable=False),
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("building_id", pa.string(), nullable=False),
        pa.field("covered_share", pa.float64(), nullable=False),
        pa.field("overlap_m2", pa.float64(), nullable=False, metadata={"unit": "m²"}),
    ]
)
#: Two walls that only touch, drawn a little apart, are no match.
MIN_COVERED_SHARE = 0.05


def match_design(designs: pa.Table, existing: pa.Table) -> pa.Table:
    """Every existing building a design's outline covers: ``MATCH_SCHEMA``, by design, the most covered first.

    ``covered_share`` is the part of the existing footprint under the design. A proposal: a person decides.

    Args:
        designs: ``dataset``, ``id``, ``geometry`` (WKB footprints, work CRS); one without a footprint matches nothing.
        existing: the same of the standing buildings.
    """
    outlines, footprints = (
        np.asarray(shapely.from_wkb(as_array(t["geometry"]).to_numpy(zero_copy_only=False)), object)
        for t in (designs, existing)
    )
    design, building = shapely.STRtree(footprints).query(outlines, predicate="intersects")
    overlap_m2 = shapely.area(shapely.intersection(outlines[design], footprints[building]))
    size_m2 = shapely.area(footprints[building])
    share = np.divide(overlap_m2, size_m2, out=np.zeros(len(building)), where=size_m2 > 0)
    kept = np.flatnonzero(share >= MIN_COVERED_SHARE)
    kept = kept[np.lexsort((building[kept], -share[kept], design[kept]))]
    drawn, stands = pa.array(design[kept]), pa.array(building[kept])
    return pa.table(
        {
            "design_dataset": as_array(designs["dataset"]).take(drawn),
            "design_id": as_array(designs["id"]).take(drawn),
            "dataset": as_array(existing["dataset"]).take(stands),
            "building_id": as_array(existing["id"]).take(stands),
            "covered_share": np.round(share[kept], 6),
            "overlap_m2": np.round(overlap_m2[kept], 3),
        },
        schema=MATCH_SCHEMA,
    )
