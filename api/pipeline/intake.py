"""Looking at a building model before it is taken in: its position, an IDS, its schema, and what changed in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_core.errors import CimError, UsageError
from cim_core.files import write_atomically
from cim_core.issues import IssueLog
from converters.base import ReadOptions
from converters.ifc.audit.ids_file import INTAKE_IDS
from converters.ifc.audit.reports import encode_html, write_bcf
from converters.ifc.audit.run import run_audit
from converters.ifc.georeference import decide_georeference
from converters.ifc.levels_of_position import Statement, read_statements

REPORTS = (".html", ".json", ".bcf", ".bcfzip")


@dataclass(frozen=True, slots=True)
class PositionReport:
    """What ``cim ifc inspect --json`` prints. ``chosen`` is empty where the model is refused; ``refused`` says why."""

    file: str
    schema: str
    length_unit_m: float
    elements: int
    statements: list[Statement]
    chosen: str
    crs: str
    refused: dict[str, str] | None
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, ready for JSON."""
        return asdict(self)


def inspect_position(path: Path, options: ReadOptions) -> PositionReport:
    """All a model states about its position, and the reading converting would choose or refuse. Raises SourceError."""
    facts = run_audit("position", [path])
    log = IssueLog()
    chosen, crs, refused = "", "", None
    try:
        georeference = decide_georeference(facts, np.array(facts["bounds"], float), options, log, where=path.name)
        chosen, crs = georeference.reason, georeference.crs.name
    except CimError as error:
        refused = {"code": error.code, "message": error.message, "hint": error.hint}
    return PositionReport(
        file=path.name,
        schema=facts["schema"],
        length_unit_m=facts["length_unit_m"],
        elements=facts["products"],
        statements=read_statements(facts),
        chosen=chosen,
        crs=crs,
        refused=refused,
        warnings=[issue.message for issue in log if issue.severity != "note"],
    )


def check_ids(path: Path, specification: Path | None = None) -> dict[str, Any]:
    """The answer of an IDS check, with the intake's own IDS unless another is given. Raises SourceError."""
    return {"file": path.name, **run_audit("ids", [path], str((specification or INTAKE_IDS).resolve()))}


def write_ids_report(result: dict[str, Any], target: Path) -> None:
    """Write a result as HTML, JSON or BCF 2.1, by the target's suffix. Raises UsageError for another one."""
    suffix = target.suffix.lower()
    if suffix == ".html":
        write_atomically(target, encode_html(result, result["file"]).encode())
    elif suffix == ".json":
        write_atomically(target, orjson.dumps(result, option=orjson.OPT_INDENT_2))
    elif suffix in (".bcf", ".bcfzip"):
        write_bcf(result, target)
    else:
        raise UsageError(
            f"'{target.suffix}' is no form of report", where="--report", hint=f"one of {', '.join(REPORTS)}"
        )


def validate_file(path: Path) -> dict[str, Any]:
    """What the EXPRESS schema finds wrong with a file. Raises SourceError."""
    return {"file": path.name, **run_audit("validate", [path])}


def compare_files(old: Path, new: Path) -> dict[str, Any]:
    """Objects added, removed and changed between two versions of a model, by GlobalId. Raises SourceError."""
    return {"old": old.name, "new": new.name, **run_audit("diff", [old, new])}
