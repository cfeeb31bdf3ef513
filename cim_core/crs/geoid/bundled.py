"""The geoid model that comes with the platform, and which model a workspace uses."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from cim_core.crs.geoid.gtx import read_gtx
from cim_core.crs.geoid.model import GeoidModel

#: Name of the bundled model in settings and reports.
BUNDLED = "EGM96 15′"
#: File in a workspace folder that replaces the bundled model there.
WORKSPACE_GEOID = "geoid.gtx"
_FILE = Path(__file__).with_name("egm96-15min-north-china.gtx")


@cache
def bundled_geoid() -> GeoidModel:
    """EGM96 at 15 minutes of arc for 105–120 E, 32–44 N; its provenance is in the README beside the file."""
    return replace(read_gtx(_FILE), name=BUNDLED)


def find_geoid(workspace: Path) -> GeoidModel:
    """The model of a workspace: its own grid, else the bundled one. Raises UnreadableSourceError."""
    own = workspace / WORKSPACE_GEOID
    return read_gtx(own) if own.is_file() else bundled_geoid()
