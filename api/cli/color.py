"""``cim color``: what a color is called, and which colors a facade in a photograph has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from api.cli.console import print_json, reports_errors
from api.cli.options import json_option
from cim_core.townscape.color.facade import PhotoOptions

_card = click.option(
    "--palette",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Color card (YAML) to compare with: nearest code and CIEDE2000.",
)


@click.group(
    epilog="""\b
Examples:
  cim color name '#8C8C87'
  cim color photo street.jpg --corners 120,80 900,60 910,700 110,720 --report colors.html
"""
)
def color() -> None:
    """Colors: Munsell names, color cards, facades in photographs."""


@color.command(
    epilog="""\b
Examples:
  cim color name '#8C8C87'
  cim color name '5YR 7/2' --palette sample_models/packs/palettes/yuxian-demo.yaml
  cim color name 9C4A3C --rules rules.yaml --json
"""
)
@click.argument("text", metavar="COLOR")
@_card
@click.option(
    "--rules",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Rule pack: how far the color is from each of its palettes.",
)
@json_option
@reports_errors
def name(text: str, palette: Path | None, rules: Path | None, as_json: bool) -> None:
    """Name COLOR, given as #rrggbb or in Munsell notation (GB/T 15608, GB/T 18922): 5YR 7/2, N 6."""
    from api.pipeline.photo import name_of_color

    report = name_of_color(text, palette, rules)
    if as_json:
        print_json(report.to_dict())
        return
    console = Console(highlight=False, soft_wrap=True)
    lab = " ".join(f"{value:g}" for value in report.lab)
    console.print(f"[on {report.hex_color}]      [/]  {report.hex_color}  {report.munsell}  CIELAB {lab}")
    if report.nearest:
        near = report.nearest
        console.print(f"  nearest   {near['code']} {near['notation']}  ΔE00 {near['distance']:g}  {near['fit']}")
    for entry in report.palettes:
        place = "inside" if entry["inside"] else f"{entry['distance']:g} steps off"
        console.print(f"  {entry['id']:<18} {place:<16} {entry['zh']} {entry['en']}", markup=False)


@color.command(
    epilog="""\b
Corners go clockwise from top left, in pixels of the upright picture: x right, y down.
Without --wall, sky, plants, dark glass, signs and the street strip are told apart by color and place.
Without --card the colors are indicative (a photograph is off by 5 to 10 CIEDE2000).

\b
Examples:
  cim color photo street.jpg --corners 120,80 900,60 910,700 110,720 --report colors.png
  cim color photo street.jpg --corners 120,80 900,60 910,700 110,720 \\
      --card 40,650 80,650 80,690 40,690 --card-color 'N 7' \\
      --palette sample_models/packs/palettes/yuxian-demo.yaml --report colors.html
"""
)
@click.argument("image", type=click.Path(dir_okay=False, path_type=Path), metavar="IMAGE")
@click.option("--corners", nargs=4, required=True, metavar="X,Y X,Y X,Y X,Y", help="The facade in the picture.")
@click.option("--card", nargs=4, metavar="X,Y X,Y X,Y X,Y", help="A grey card in the picture, for the white balance.")
@click.option("--card-color", metavar="COLOR", help="What the card is: #rrggbb or N 7. [only its tint goes]")
@click.option("--mask", "--wall", "wall", metavar="'X,Y X,Y …'", help="Outline of the wall, not told by color.")
@_card
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write a report picture (.png) or page (.html).",
)
@json_option
@reports_errors
def photo(image: Path, as_json: bool, **values: Any) -> None:
    """Measure the dominant colors of a facade: rectify, balance, mask, cluster, compare with a color card."""
    from api.pipeline.photo import measure_photo, parse_points, parse_rgb

    options = PhotoOptions(
        corners=parse_points(values["corners"], "--corners"),
        card=parse_points(values["card"], "--card") if values["card"] else None,
        card_rgb=parse_rgb(values["card_color"], "--card-color") if values["card_color"] else None,
        wall=parse_points(tuple(values["wall"].split()), "--mask") if values["wall"] else None,
    )
    report = measure_photo(image, options, values["palette"], values["report"])
    if as_json:
        print_json(report.to_dict())
        return
    console = Console(highlight=False, soft_wrap=True)
    for i, entry in enumerate(report.colors):
        match = entry["match"]
        near = f"  {match['code']} ΔE00 {match['distance']:g} {match['fit']}" if match else ""
        main = "main" if i == 0 else "    "
        patch = f"[on {entry['hex_color']}]      [/]"
        console.print(f"{patch} {main} {entry['share']:6.1%}  {entry['hex_color']}  {entry['munsell']:<16}{near}")
    left_out = ", ".join(f"{part} {share:.0%}" for part, share in report.shares.items() if share >= 0.005)
    console.print(f"  picture   {left_out}")
    console.print("  indicative: no grey card" if report.indicative else "  white balanced by the grey card")
    if report.report:
        console.print(f"  report    {report.report}", markup=False)
