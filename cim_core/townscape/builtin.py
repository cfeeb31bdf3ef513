"""The one list of control kinds: rule packs, checks, vocabulary and documentation are all derived from it."""

from __future__ import annotations

from cim_core.townscape.kinds import (
    building_height,
    facade_main_color,
    facade_material,
    roof_color,
    roof_form,
    storeys,
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
)

KIND_BY_ID = {kind.id: kind for kind in BUILTIN}
