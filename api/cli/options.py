"""Options that several commands share, written once so that help texts cannot drift."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cim_core.crs.geoid import read_gtx
from cim_core.crs.heights import HeightDatum, HeightPolicy
from cim_core.errors import UsageError
from converters.base import ModelOptions, PointPosition, ReadOptions

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_READ_OPTIONS: tuple[Decorator, ...] = (
    click.option(
        "--crs",
        metavar="CRS",
        help="CRS of the source where the file does not say or is wrong: EPSG:4547, GCJ-02, BD-09, town-grid.yaml.",
    ),
    click.option("--height-field", metavar="FIELD", help="Field with building heights in metres. [found if obvious]"),
    click.option("--storeys-field", metavar="FIELD", help="Field with the number of storeys. [found if obvious]"),
    click.option(
        "--storey-height",
        type=click.FloatRange(1.5, 10),
        default=3.0,
        show_default=True,
        metavar="M",
        help="Metres a storey, where only storeys are known.",
    ),
    click.option(
        "--base-field", metavar="FIELD", help="Field with the elevation of the building's base. [found if obvious]"
    ),
    click.option("--id-field", metavar="FIELD", help="Field with stable ids. [found if obvious]"),
    click.option("--name-field", metavar="FIELD", help="Field with names. [found if obvious]"),
    click.option("--layer", metavar="LAYER", help="Layer to read of a file that has several."),
    click.option("--name", metavar="NAME", help="Name of the result. [the file's name]"),
    click.option(
        "--at",
        metavar="LON,LAT[,H[,BEARING]]",
        help="Put a model without a position here: degrees, metres above the height datum, degrees from north.",
    ),
    click.option(
        "--height-datum",
        type=click.Choice([datum.value for datum in HeightDatum]),
        help="What elevations in the source count from. [as declared, else the ellipsoid]",
    ),
    click.option(
        "--geoid-undulation",
        type=float,
        metavar="M",
        help="One geoid height N for the whole source (h = H + N); −15.6 at the seat of Yu County. [--geoid]",
    ),
    click.option(
        "--geoid",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE.gtx",
        help="Geoid model of your own for levelled heights. [EGM96 15′, bundled for 105–120 E, 32–44 N]",
    ),
    click.option(
        "--include",
        multiple=True,
        metavar="CLASS",
        help="Also draw this class of a building model, e.g. IfcSpace; repeatable. [rooms, holes, axes are left out]",
    ),
    click.option(
        "--deflection",
        type=click.FloatRange(1e-4, 1.0),
        default=1e-3,
        show_default=True,
        metavar="M",
        help="How far a straight edge may lie from the curve it stands for in a building model.",
    ),
    click.option(
        "--max-memory",
        type=click.IntRange(200),
        metavar="MB",
        help="What parsing a building model may own of memory. [three quarters of the machine's]",
    ),
    click.option(
        "--max-triangles",
        type=click.IntRange(1_000),
        default=500_000,
        show_default=True,
        metavar="N",
        help="A single element of a building model with more triangles is thinned out to about so many.",
    ),
    click.option(
        "--element-seconds",
        type=click.FloatRange(0.5, 3600.0),
        default=30.0,
        show_default=True,
        metavar="S",
        help="How long one element of a building model may take in each way of making its shape.",
    ),
)


def read_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add every option about reading a source."""
    for option in reversed(_READ_OPTIONS):
        command = option(command)
    return command


def file_option(name: str, metavar: str, help_text: str) -> Decorator:
    """An option that names an existing file."""
    return click.option(
        name, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar=metavar, help=help_text
    )


def output_option(help_text: str) -> Decorator:
    """The folder a result goes to."""
    path = click.Path(file_okay=False, path_type=Path)
    return click.option("--output", "-o", required=True, type=path, metavar="DIR", help=help_text)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
valid_from_option = click.option(
    "--valid-from", metavar="DAY", help="Day from which it is so in the real world, e.g. 2026-05-04."
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress.")
workspace_option = click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Folder that holds the store, tilesets and terrain of a town.",
)


def parse_position(text: str) -> PointPosition:
    """``lon,lat[,height[,bearing]]`` to a position. Raises UsageError."""
    try:
        numbers = [float(part) for part in text.split(",")]
        if not 2 <= len(numbers) <= 4:
            raise ValueError(text)
    except ValueError:
        raise UsageError(
            f"'{text}' is not a position",
            where="--at",
            hint="write LON,LAT[,HEIGHT[,BEARING]], e.g. 113.4054,38.0848,946,90",
        ) from None
    lon_deg, lat_deg = numbers[:2]
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        raise UsageError(f"'{text}' is outside the globe", where="--at", hint="longitude comes first, both in degrees")
    if len(numbers) > 2 and not -1_000 <= numbers[2] <= 9_000:
        raise UsageError(f"{numbers[2]:g} m is no height on the Earth", where="--at", hint="the third number is metres")
    if len(numbers) > 3 and not -360 <= numbers[3] <= 360:
        raise UsageError(f"{numbers[3]:g} is no bearing", where="--at", hint="degrees clockwise from north")
    return PointPosition(*numbers)


def height_policy(
    height_datum: str | None, geoid_undulation: float | None, geoid: Path | None = None
) -> HeightPolicy | None:
    """The stated policy, or None when the user said nothing; levelled heights fall back on the bundled geoid model.

    Raises GeoreferenceError for statements that contradict each other, UsageError for half of one.
    """
    if height_datum is None:
        if geoid_undulation is None and geoid is None:
            return None
        raise UsageError(
            "an undulation needs to know which heights it lifts",
            where="--geoid-undulation" if geoid is None else "--geoid",
            hint="add --height-datum china-1985 (or egm96)",
        )
    datum, model = HeightDatum(height_datum), None if geoid is None else read_gtx(geoid)
    if datum is HeightDatum.ELLIPSOID or geoid_undulation is not None:
        return HeightPolicy(datum, geoid_undulation, model)
    return HeightPolicy.by_model(datum, model)


def build_read_options(values: dict[str, Any]) -> ReadOptions:
    """Collect the shared options of a command's keyword arguments into ReadOptions."""
    at = values["at"]
    return ReadOptions(
        crs=values["crs"],
        name=values["name"],
        layer=values["layer"],
        id_field=values["id_field"],
        name_field=values["name_field"],
        height_field=values["height_field"],
        storeys_field=values["storeys_field"],
        base_field=values["base_field"],
        storey_height_m=values["storey_height"],
        heights=height_policy(values["height_datum"], values["geoid_undulation"], values["geoid"]),
        at=parse_position(at) if at else None,
        model=ModelOptions(
            tuple(values["include"]),
            values["deflection"],
            values["max_memory"],
            values["max_triangles"],
            values["element_seconds"],
        ),
    )


def default_port() -> int:
    """Port of ``cim serve``: CIM_PORT, else 8000. Raises click.UsageError when CIM_PORT is no number."""
    text = os.environ.get("CIM_PORT", "8000")
    try:
        return int(text)
    except ValueError:
        raise click.UsageError(f"CIM_PORT must be a port number, not '{text}'") from None
