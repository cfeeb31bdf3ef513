"""What the parent process asks of the child that parses a model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from converters.ifc.limits import ELEMENT_LIMIT_S, STALL_LIMIT_S

FORMAT_ID = "ifc"
#: An element of more triangles is thinned out.
MAX_TRIANGLES = 500_000
#: Names of the engines by the number in ``Placed.engine``.
ENGINES = (
    "IfcOpenShell",
    "OpenCASCADE kernel",
    "ifclite-geom",
    "without cutting openings",
    "triangles as the file has them",
    "plane faces as the file has them",
)


@dataclass(frozen=True, slots=True)
class Order:
    """How many workers, which classes beside the usual, how fine, within which limits.

    ``max_triangles``: of one element; more are thinned out.
    ``companions``: the folder whose files the model may name, "" for none; ``is_unpacked``: it comes of a ZIP.
    """

    parts: int
    include: tuple[str, ...] = ()
    deflection_m: float = 1e-3
    memory_bytes: int | None = None
    element_s: float = ELEMENT_LIMIT_S
    stall_s: float = STALL_LIMIT_S
    max_triangles: int = MAX_TRIANGLES
    companions: str = ""
    is_unpacked: bool = False

    def to_json(self) -> str:
        """For the command line of the child."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        """The reverse of ``to_json``."""
        values = json.loads(text)
        return cls(**{**values, "include": tuple(values["include"])})
