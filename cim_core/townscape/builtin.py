"""The one list of control kinds: rule packs, checks, vocabulary and documentation are all derived from it."""

from __future__ import annotations

from cim_core.townscape.kinds import (
    building_height,
    facade_accent_color,
    facade_main_color,
    facade_material,
    facade_secondary_color,
    facade_width,
    forbidden_color,
    frontage_rate,
    height_to_width,
    low_rise_share,
    permeability,
    roof_color,
    roof_form,
    same_eave_rate,
    setback,
    storeys,
    street_enclosure,
    style,
)
from cim_core.townscape.kinds.base import ControlKind

BUILTIN: tuple[ControlKind, ...] = (
    building_height.KIND,
    storeys.KIND,
    facade_main_color.KIND,
    roof_color.KIND,
    roof_form.KIND,
    facade_material.KIND,
    style.KIND,
    facade_secondary_color.KIND,
    facade_accent_color.KIND,
    forbidden_color.KIND,
    setback.KIND,
    facade_width.KIND,
    height_to_width.KIND,
    street_enclosure.KIND,
    frontage_rate.KIND,
    permeability.KIND,
    same_eave_rate.KIND,
    low_rise_share.KIND,
)

KIND_BY_ID = {kind.id: kind for kind in BUILTIN}
