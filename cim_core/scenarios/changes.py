"""What a scenario does to a town: an ordered list of changes, each to named buildings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from cim_core.renewal.vocabulary import Term

#: The dataset that buildings a scenario draws itself belong to; nothing else may have that name.
NEW_DATASET = "new"


class ChangeKind(StrEnum):
    """What a change does."""

    DEMOLISH = "demolish"
    ADD = "add"
    REPLACE = "replace"
    SET = "set"


class PlaceState(StrEnum):
    """The state of one place: what stands, what is proposed, what goes, what changes.

    ``changed`` keeps its shape (color, material, use …), ``reshaped`` does not (height, storeys, roof): its tile shows
    the old shape, the new one comes with the scenario's shapes.
    """

    EXISTING = "existing"
    PROPOSED = "proposed"
    REMOVED = "removed"
    CHANGED = "changed"
    RESHAPED = "reshaped"


CHANGE_KINDS = (
    Term("demolish", "拆除", "Demolish", 1),
    Term("add", "新建", "Add", 2),
    Term("replace", "替换", "Replace", 3),
    Term("set", "修改属性", "Set attributes", 4),
)
PLACE_STATES = (
    Term("existing", "现状", "Existing", 1),
    Term("proposed", "新增", "Proposed", 2),
    Term("removed", "拆除", "Removed", 3),
    Term("changed", "改造", "Changed", 4),
    Term("reshaped", "改造（形体变化）", "Changed in shape", 5),
)
STATE_CODES = {term.value: code for code, term in enumerate(PLACE_STATES)}

#: Attributes whose change gives a building another shape.
SHAPE_ATTRIBUTES = frozenset({"height_m", "base_m", "storeys", "eave_height_m", "ridge_height_m", "roof_form"})


class Ref(NamedTuple):
    """A building by dataset and id, written ``dataset/id``."""

    dataset: str
    building_id: str

    def __str__(self) -> str:
        return f"{self.dataset}/{self.building_id}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    ``buildings`` are demolished, replaced or set. A building that comes instead is drawn (``new_id``, ``footprint`` as
    WKB in the work CRS and ``attributes``) or taken from an imported design (``design``: its dataset, and one building
    of it or, with an empty id, all). ``where`` is its place in the file, for messages.
    """

    kind: ChangeKind
    buildings: tuple[Ref, ...] = ()
    new_id: str = ""
    footprint: bytes | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    design: Ref | None = None
    note: str = ""
    where: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The change as plain values; the footprint is left out, it is a geometry of its own."""
        return {
            "kind": self.kind.value,
            "buildings": [str(ref) for ref in self.buildings],
            "new_id": self.new_id or None,
            "attributes": self.attributes,
            "design": self.design.dataset + ("/" + self.design.building_id if self.design.building_id else "")
            if self.design
            else None,
            "note": self.note,
        }


def parse_ref(text: str) -> Ref | None:
    """A reference from ``dataset/id``; the id may have more slashes. None where it is none."""
    dataset, slash, building_id = text.partition("/")
    return Ref(dataset, building_id) if dataset and slash and building_id else None
