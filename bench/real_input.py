"""Convert every real input file and write what came of it as docs/reference/real-input.md.

Usage: python -m bench.real_input  (needs ../shared/data; writes the page, prints it too)
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "reference" / "real-input.md"

LEVELLED = ("--height-datum", "china-1985", "--geoid-undulation=-15.6")
#: File (below ../shared/data, or of this repository) and further options. A refusal is as much a result as a tileset.
RUNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sample_models/yuxian/buildings.geojson", (*LEVELLED, "--terrain", "sample_models/yuxian/dem.tif")),
    ("sample_models/yuxian/ifc/shophouse-ifc4.ifc", LEVELLED),
    ("sample_models/yuxian/ifc/walkup-ifc2x3.ifc", LEVELLED),
    ("sample_models/yuxian/ifc/office-ifc4x3.ifc", LEVELLED),
    ("footprints/suzhou_3076.geojson", ()),
    ("footprints/nyc_10k.gpkg", ()),
    ("footprints/nyc_100k.fgb", ()),
    ("china/yuxian_boundary_epsg4490.geojson", ()),
    ("china/yuxian_boundary_gcj02.geojson", ()),
    ("ifc/Ifc2x3_Duplex_Architecture.ifc", ()),
    ("ifc/Duplex_A_20110907_georeferenced.ifc", ()),
    ("ifc/AC20-FZK-Haus.ifc", ()),
    ("ifc/Ifc4_SampleHouse.ifc", ()),
    ("ifc/Ifc4_SampleHouse.ifc", ("--at", "113.4054,38.0848,930")),
    ("ifc/Van_Brienenoordbrug-IFC4X3.ifc", ()),
    ("ifc/pass-lip002-imperial.ifc", ()),
    ("ifc/truncated_duplex_header.ifc", ()),
)

HEAD = """# Real input: what converts, what is refused, and where it lands

Files that others made, run as they are, after the models of the sample town. The files of others lie in
`../shared/data` and are not part of the project. This page is written by `python -m bench.real_input`; each row is one
`cim convert FILE -o DIR` with the options shown. What is read of an IFC model and what is left out:
[Place an IFC model](../how-to/place-an-ifc-model.md).

| file and options | result | features in / out | placed (WGS 84) | because |
|---|---|---|---|---|
"""


def convert(name: str, options: tuple[str, ...], out: Path) -> tuple[int, dict]:
    source = ROOT / name if (ROOT / name).exists() else DATA / name
    command = [sys.executable, "-m", "api.cli.main", "convert", str(source), "-o", str(out), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return done.returncode, json.loads(done.stdout)


def table_row(name: str, options: tuple[str, ...], code: int, report: dict) -> str:
    label = f"`{name}`" + (f" `{' '.join(options)}`" if options else "")
    if code:
        error = report["error"]
        why = f"{clean(error['message'])}. {clean(error['hint'])}"
        return f"| {label} | refused, exit {code}: {error['code']} | – | – | {why} |"
    source = report["sources"][0]
    west, south, east, north = source["bounds_deg"]
    low, high = source["height_range_m"]
    place = (
        f"{(west + east) / 2:.5f} E {(south + north) / 2:.5f} N, {low:.1f} … {high:.1f} m" if source["tiles"] else "–"
    )
    counts = f"{report['features_in']:,} / {report['features_out']:,}"
    size = f"{report['tiles']} tiles, {report['bytes'] / 1000:,.0f} kB"
    return f"| {label} | {size} | {counts} | {place} | {clean(source['crs_reason'])} |"


def warnings(name: str, options: tuple[str, ...], report: dict) -> list[str]:
    found: dict[str, list[str]] = {}
    for source in report.get("sources", []):
        for issue in source["issues"]:
            if issue["severity"] != "note" or issue["code"] in {"left-out", "no-ground", "renamed-fields"}:
                found.setdefault(issue["code"], []).append(issue["message"])
    if not found:
        return []
    title = f"**`{Path(name).name}`{' ' + ' '.join(options) if options else ''}**"
    return [
        title,
        "",
        *(f"- {code}{f' (× {len(m):,})' if len(m) > 1 else ''}: {clean(m[0])}" for code, m in found.items()),
        "",
    ]


def clean(text: str) -> str:
    return text.replace("|", "\\|").replace(f"{DATA}/", "").replace(f"{ROOT}/", "").replace("\n", " ")


def main() -> None:
    rows, notes = [], []
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, options) in enumerate(RUNS):
            code, report = convert(name, options, Path(folder) / str(index))
            rows.append(table_row(name, options, code, report))
            notes += warnings(name, options, report)
    page = HEAD + "\n".join(rows) + "\n\n## What the reports warn of\n\n" + "\n".join(notes)
    PAGE.write_text(page.rstrip() + "\n", encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
