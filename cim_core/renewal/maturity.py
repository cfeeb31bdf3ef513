"""How far a project is with its papers: maturity in percent, and the procedures that are still missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cim_core.renewal.vocabulary import PROCEDURES


@dataclass(frozen=True, slots=True)
class Maturity:
    """``percent`` of the procedures a project needs that are granted; None where none is needed."""

    percent: float | None
    granted: tuple[str, ...]
    missing: tuple[str, ...]


def measure_maturity(record: Mapping[str, Any]) -> Maturity:
    """Granted ÷ needed procedures; one nobody wrote down counts as needed and missing.

    >>> measure_maturity({"procedures": [{"kind": "approval", "status": "granted"},
    ...                                  {"kind": "land", "status": "not_needed"}]}).percent
    25.0
    """
    status = {entry["kind"]: entry["status"] for entry in record.get("procedures") or ()}
    needed = [term.value for term in PROCEDURES if status.get(term.value) != "not_needed"]
    granted = tuple(name for name in needed if status.get(name) == "granted")
    percent = round(100.0 * len(granted) / len(needed), 1) if needed else None
    return Maturity(percent, granted, tuple(name for name in needed if name not in granted))
