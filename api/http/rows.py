"""From Arrow rows to the parts of answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from api.http.context import Town
from api.http.geojson import encode_evidence, measure_positions
from api.pipeline.finding_facts import both_languages, finding_facts
from cim_core.crs.heights import HeightPolicy
from cim_core.store import Store
from cim_core.townscape.kinds.base import PLACE_LAYERS

Row = dict[str, Any]


def names(row: Mapping[str, Any], zh: str = "name_zh", en: str = "name_en") -> dict[str, str]:
    """A bilingual name; a missing language falls back to the other."""
    return both_languages(row, zh, en)


def bilingual(value: object) -> dict[str, str]:
    """A bilingual text of a rule pack, which may be one plain string."""
    if isinstance(value, Mapping):
        return names(value, "zh", "en")
    text = "" if value is None else str(value)
    return {"zh": text, "en": text}


def heights_answer(policy: HeightPolicy) -> Row:
    """A height policy."""
    geoid = None if policy.geoid is None else policy.geoid.name
    return {"datum": policy.datum.value, "undulation_m": policy.undulation_m, "geoid": geoid}


def json_object(text: str | None) -> Row:
    """A JSON object stored as text; empty for nothing."""
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {"value": value}


def heights_by_dataset(store: Store) -> dict[str, HeightPolicy]:
    """What the elevations of each dataset count from."""
    return {record.id: record.heights for record in store.datasets()}


def finding_answers(table: pa.Table, heights: Mapping[str, HeightPolicy], town: Town) -> list[Row]:
    """Findings as the API gives them; one about a street or plan unit stands on the ground of the nearest building."""
    datasets, crs = table.column("dataset").to_pylist(), town.store.work_crs
    base_m = _with_ground(table, town)
    positions = measure_positions(table.column("geometry"), base_m, datasets, heights, crs)
    evidence = encode_evidence(table.column("evidence").to_pylist(), datasets, heights, crs)
    rows = table.drop_columns(["geometry", "base_m", "height_m", "evidence"]).to_pylist()
    return [
        {"id": row["id"], **finding_facts(row), "position_deg": position, "evidence": shown}
        for row, position, shown in zip(rows, positions, evidence, strict=True)
    ]


def _with_ground(table: pa.Table, town: Town) -> pa.ChunkedArray:
    """``base_m``; of what is no building the ground, above the ellipsoid since its layer has no datum of its own."""
    base_m = table.column("base_m")
    is_place = pc.is_in(table.column("dataset"), pa.array(list(PLACE_LAYERS.values()))).combine_chunks()
    rows = np.flatnonzero(np.asarray(is_place))
    if len(rows) == 0:
        return base_m
    points = np.asarray(shapely.from_wkb(table.column("geometry").take(pa.array(rows)).to_numpy()), dtype=object)
    ground_m = town.grounds.of(town.store).nearest_to(points)
    placed = pa.array(ground_m, mask=np.isnan(ground_m))
    return pc.replace_with_mask(pc.cast(base_m, pa.float64()), is_place, placed)
