"""What the demo town shows of renewal: control lines, a design, moves through the gates, one ready-made scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from api.pipeline.importing import DatasetIdentity, import_source
from api.pipeline.project_moves import decide, submit
from api.pipeline.projects import CONTROL_LINES, load_limits
from api.pipeline.scenarios import check_scenario, draft_scenario
from api.pipeline.town_layers import import_town_layer
from api.workspace import Workspace
from cim_core.crs.transform import to_lonlat
from cim_core.progress import Progress
from cim_core.scenarios import read_scenario
from cim_core.store import Store
from converters.base import PointPosition, ReadOptions

RENEWAL_FILE = "renewal.json"


def import_renewal(workspace: Workspace, sample: Path, progress: Progress) -> None:
    """Import the control lines and the design of a sample that has any, before anything is derived."""
    plan = _read_plan(sample)
    if plan is None:
        return
    lines = sample / plan["control_lines"]
    import_town_layer(lines, workspace.folder, "layer", CONTROL_LINES, None, progress, derive_after=False)
    design = plan["design"]
    with workspace.open_store() as store:
        east_m, north_m = design["at_grid"]
        lon_deg, lat_deg = (float(value) for value in to_lonlat(east_m, north_m, store.work_crs))
    name = design["name"]
    identity = DatasetIdentity(design["id"], name["zh"], name["en"], synthetic=True, cim_level="3", is_design=True)
    position = PointPosition(lon_deg, lat_deg, design["base_m"], design["bearing_deg"])
    path = sample / design["file"]
    import_source([path], workspace.folder, identity, ReadOptions(at=position), progress, derive_after=False)


def play_renewal(store: Store, folder: Path, sample: Path, progress: Progress) -> None:
    """Move the projects and draft and check the scenario, after everything is derived."""
    plan = _read_plan(sample)
    if plan is None:
        return
    limits = load_limits(folder)
    for move in plan["moves"]:
        project, by, reason = move["project"], move["by"], move.get("reason", "")
        if move["act"] == "submit":
            submit(store, limits, project, by=by, evidence=move["evidence"].items(), reason=reason)
        else:
            decide(store, limits, project, approve=move["act"] == "approve", by=by, note=reason)
    scenario = draft_scenario(store, read_scenario(sample / plan["scenario"], store.work_crs), synthetic=True)
    check_scenario(store, scenario, progress)


def _read_plan(sample: Path) -> dict[str, Any] | None:
    path = sample / RENEWAL_FILE
    return orjson.loads(path.read_bytes()) if path.is_file() else None
