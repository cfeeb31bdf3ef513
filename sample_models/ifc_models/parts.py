"""Repeated parts drawn once as types: framed windows, lattice windows, doors, and a few rooftop things."""

from __future__ import annotations

from typing import Any

from sample_models.ifc_models.builder import IfcBuilder
from sample_models.ifc_models.entities import Entity
from sample_models.ifc_models.shapes import Style

GLASS = Style("玻璃 glass", "#8fa9b3", 0.55)


def window_type(
    b: IfcBuilder,
    name: str,
    width: float,
    height: float,
    frame: Style,
    *,
    bars: tuple[int, int] = (2, 1),
    depth: float = 0.07,
    profile: float = 0.06,
    bar: float = 0.04,
    panel_m: float = 0.0,
    glass: Style = GLASS,
) -> Entity:
    """A window of ``bars`` (across, up) lights; ``panel_m`` of the foot is a solid panel. Origin: outer lower left."""
    across, up = bars
    items = [
        *b.styled(
            frame,
            b.box((width, depth, profile)),
            b.box((width, depth, profile), (0.0, 0.0, height - profile)),
            b.box((profile, depth, height - 2 * profile), (0.0, 0.0, profile)),
            b.box((profile, depth, height - 2 * profile), (width - profile, 0.0, profile)),
        )
    ]
    foot = panel_m or profile
    if panel_m:
        items += b.styled(frame, b.box((width - 2 * profile, depth * 0.7, panel_m - profile), (profile, 0.0, profile)))
    inner_height = height - profile - foot
    for i in range(1, across):
        x = profile + (width - 2 * profile) * i / across - bar / 2
        items += b.styled(frame, b.box((bar, depth * 0.8, inner_height), (x, 0.0, foot)))
    for j in range(1, up):
        z = foot + inner_height * j / up - bar / 2
        items += b.styled(frame, b.box((width - 2 * profile, depth * 0.8, bar), (profile, 0.0, z)))
    pane = b.box((width - 2 * profile, 0.012, inner_height), (profile, depth * 0.4, foot))
    items += b.styled(glass, pane)
    return b.type_map(_kind(b, "Window"), name, items, **_window_values(b))


def door_type(
    b: IfcBuilder, name: str, width: float, height: float, leaf: Style, *, leaves: int = 1, glazed: bool = False
) -> Entity:
    """A door with one or more leaves in a frame; glazed in its upper two thirds, or solid."""
    frame, depth = 0.07, 0.08
    items = [
        *b.styled(
            leaf,
            b.box((width, depth, frame), (0.0, 0.0, height - frame)),
            b.box((frame, depth, height - frame)),
            b.box((frame, depth, height - frame), (width - frame, 0.0, 0.0)),
        )
    ]
    clear = (width - 2 * frame) / leaves
    for i in range(leaves):
        x = frame + clear * i + 0.01
        if not glazed:
            items += b.styled(leaf, b.box((clear - 0.02, 0.045, height - frame - 0.02), (x, 0.02, 0.01)))
            continue
        foot = height * 0.34
        items += b.styled(
            leaf,
            b.box((clear - 0.02, 0.045, foot), (x, 0.02, 0.01)),
            b.box((0.07, 0.045, height - frame - foot - 0.02), (x, 0.02, foot)),
            b.box((0.07, 0.045, height - frame - foot - 0.02), (x + clear - 0.09, 0.02, foot)),
            b.box((clear - 0.16, 0.045, 0.07), (x + 0.07, 0.02, height - frame - 0.09)),
        )
        pane = b.box((clear - 0.16, 0.01, height - frame - foot - 0.09), (x + 0.07, 0.035, foot))
        items += b.styled(GLASS, pane)
    return b.type_map(_kind(b, "Door"), name, items, **_door_values(b))


def _kind(b: IfcBuilder, subject: str) -> str:
    return f"Ifc{subject}{'Style' if b.schema == 'IFC2X3' else 'Type'}"


def _window_values(b: IfcBuilder) -> dict[str, Any]:
    if b.schema == "IFC2X3":
        return {
            "ConstructionType": "NOTDEFINED",
            "OperationType": "NOTDEFINED",
            "ParameterTakesPrecedence": False,
            "Sizeable": False,
        }
    return {"PredefinedType": "WINDOW", "PartitioningType": "NOTDEFINED"}


def _door_values(b: IfcBuilder) -> dict[str, Any]:
    if b.schema == "IFC2X3":
        return {
            "ConstructionType": "NOTDEFINED",
            "OperationType": "NOTDEFINED",
            "ParameterTakesPrecedence": False,
            "Sizeable": False,
        }
    return {"PredefinedType": "DOOR", "OperationType": "NOTDEFINED"}
