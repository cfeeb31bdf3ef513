"""``--match-footprint``: the building of a workspace on whose footprint a model is laid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.pipeline.matching import find_target
from cim_core.errors import UsageError
from converters.targets import FootprintTarget


def match_target(workspace: Path, name: str | None, bearing_deg: float | None) -> FootprintTarget | None:
    """The footprint named, or None. Raises UsageError for a bearing without one, NotFoundError."""
    if name is None:
        if bearing_deg is not None:
            raise UsageError("has nothing to choose from", where="--bearing", hint="it goes with --match-footprint")
        return None
    return find_target(workspace, name, bearing_deg)


def match_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--match-footprint`` and ``--bearing``."""
    bearing = click.option(
        "--bearing", type=float, metavar="DEG", help="True bearing of the model's y axis, where several turns fit."
    )
    footprint = click.option(
        "--match-footprint", metavar="ID", help="Lay the outline of a model without a position on this footprint."
    )
    return footprint(bearing(command))
