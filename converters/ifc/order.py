"""What the parent process asks of the child that parses a model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from converters.ifc.limits import ELEMENT_LIMIT_S, STALL_LIMIT_S

FORMAT_ID = "ifc"
#: Names of the engines by the number in ``Placed.engine``.
ENGINES = ("IfcOpenShell", "OpenCASCADE kernel", "ifclite-geom", "without cutting openings")


@dataclass(frozen=True, slots=True)
class Order:
    """How many workers, which classes beside the usual, how fine, within which limits.

    ``companions``: the folder whose files the model may name, "" for none; ``is_unpacked``: it comes of a ZIP.
    """

    parts: int
    include: tuple[str, ...] = ()
    deflection_m: float = 1e-3
    memory_bytes: int | None = None
    element_s: float = ELEMENT_LIMIT_S
    stall_s: float = STALL_LIMIT_S
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
