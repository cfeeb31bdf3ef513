"""The one list of control kinds: rule packs, checks, vocabulary and documentation are all derived from it."""

from __future__ import annotations

from cim_core.features.schema import ATTRIBUTE_BY_NAME
from cim_core.townscape.kinds import (
    ac_units,
    building_coverage,
    building_height,
    facade_accent_color,
    facade_main_color,
    facade_material,
    facade_secondary_color,
    facade_width,
    floor_area_ratio,
    footway_width,
    forbidden_color,
    frontage_rate,
    green_ratio,
    ground_floor_transparency,
    hard_surface,
    height_to_width,
    low_rise_share,
    overhead_lines,
    permeability,
    population_density,
    right_of_way,
    roof_addition_area,
    roof_addition_height,
    roof_color,
    roof_equipment,
    roof_form,
    roof_material,
    roof_signs,
    roof_slope,
    same_eave_rate,
    setback,
    sign_depth,
    sign_height,
    sign_position,
    signs_per_shop,
    storeys,
    street_enclosure,
    style,
    target_visibility,
    view_corridor,
    window_wall_ratio,
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
    roof_material.KIND,
    roof_slope.KIND,
    window_wall_ratio.KIND,
    ground_floor_transparency.KIND,
    signs_per_shop.KIND,
    sign_position.KIND,
    sign_height.KIND,
    sign_depth.KIND,
    roof_signs.KIND,
    ac_units.KIND,
    roof_equipment.KIND,
    roof_addition_area.KIND,
    roof_addition_height.KIND,
    setback.KIND,
    facade_width.KIND,
    height_to_width.KIND,
    street_enclosure.KIND,
    frontage_rate.KIND,
    permeability.KIND,
    same_eave_rate.KIND,
    low_rise_share.KIND,
    view_corridor.KIND,
    target_visibility.KIND,
    right_of_way.KIND,
    footway_width.KIND,
    overhead_lines.KIND,
    floor_area_ratio.KIND,
    building_coverage.KIND,
    green_ratio.KIND,
    hard_surface.KIND,
    population_density.KIND,
)

KIND_BY_ID = {kind.id: kind for kind in BUILTIN}


def measured_words(kind_id: str, text: str | None) -> dict[str, str] | None:
    """What was measured in both languages: a code by its labels, anything else as it is; None where nothing was.

    >>> measured_words("facade-material", "grey_brick")
    {'zh': '青砖', 'en': 'Grey brick'}
    >>> measured_words("storeys", "6")
    {'zh': '6', 'en': '6'}
    """
    if text is None or text == "":
        return None
    kind = KIND_BY_ID.get(kind_id)
    attributes = [ATTRIBUTE_BY_NAME[name] for name in kind.attributes[:1] if name in ATTRIBUTE_BY_NAME] if kind else []
    codes = [code for attribute in attributes for code in attribute.codes]
    found = next((code for code in codes if code.value == text), None)
    return {"zh": text, "en": text} if found is None else {"zh": found.zh, "en": found.en}
