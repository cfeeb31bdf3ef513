"""Build the synthetic sample town: ``python -m sample_models.build_town [folder]``. The same bytes on every run."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from sample_models.town import palette
from sample_models.town.attributes import Building, furnish
from sample_models.town.built_up import build_built_up
from sample_models.town.frame import EPSG, ORIGIN_E, ORIGIN_N, UNDULATION_M
from sample_models.town.models import build_pavilion, write_obj
from sample_models.town.names import name_compounds, number_streets
from sample_models.town.network import STREETS
from sample_models.town.open_space import PARKS, RIVERS, Area
from sample_models.town.plan import SEED, build_site
from sample_models.town.planning import (
    build_corridors,
    build_units,
    plan_parcels,
    plant_corridors,
    street_facts,
    write_corridors,
    write_units,
)
from sample_models.town.plants import Answers, Planter, plant
from sample_models.town.plots import PLOTS
from sample_models.town.projects import build_projects
from sample_models.town.renewal import project_properties, write_renewal
from sample_models.town.rules import PALETTES, build_rules
from sample_models.town.scan import write_scan
from sample_models.town.site import Site
from sample_models.town.survey import plant_survey, survey
from sample_models.town.terrain import Ground
from sample_models.town.write import NOTICE, write_dem, write_features, write_json, write_yaml
from sample_models.town.zones import Zone, build_zones, zone_of

FOLDER = Path(__file__).parent / "yuxian"
PAVILION_AT = (-1018.0, 262.0)
#: What lies in the folder, by layer.
FILES = {
    "buildings": "buildings.geojson",
    "streets": "streets.geojson",
    "roads": "roads.geojson",
    "water": "water.geojson",
    "green": "green.geojson",
    "built-up": "built-up.geojson",
    "zones": "zones.geojson",
    "units": "units.geojson",
    "corridors": "corridors.geojson",
    "projects": "projects.geojson",
    "rules": "rules.yaml",
    "answers": "answers.json",
    "dem": "dem.tif",
}


def build_town(folder: Path) -> int:
    """Write every file of the town to ``folder``; returns the number of buildings."""
    folder.mkdir(parents=True, exist_ok=True)
    ground, site, zones, rules = Ground(), build_site(), build_zones(), build_rules()
    placed = zone_of(zones, [item.shape for item in site.items])
    buildings = furnish(site.items, placed, ground, np.random.default_rng(SEED + 1))
    name_compounds(buildings)
    number_streets(buildings)
    answers = plant(buildings, rules, np.random.default_rng(SEED + 2))
    survey(buildings, np.random.default_rng(SEED + 5))
    planter = Planter(buildings, rules, np.random.default_rng(SEED + 6), answers)
    corridors, units = build_corridors(buildings, ground), build_units()
    plant_corridors(corridors, planter)
    plant_survey(planter)
    plan_parcels(units, planter, np.random.default_rng(SEED + 7))
    write_features(folder / FILES["buildings"], [(b.shape, _record(b)) for b in buildings])
    _write_layers(folder, site, zones, rules, street_facts(planter))
    write_units(folder / FILES["units"], units)
    write_corridors(folder / FILES["corridors"], corridors)
    _write_projects(folder, site, zones)
    write_renewal(folder, buildings)
    _write_rules(folder, rules, answers)
    write_dem(folder / FILES["dem"], ground)
    write_obj(folder / "models", "pavilion", build_pavilion())
    write_scan(folder / "models" / "scan.laz", buildings, ground, np.random.default_rng(SEED + 3))
    write_json(folder / "town.json", _town(ground))
    return len(buildings)


def _hex(munsell: str | None) -> str | None:
    return None if munsell is None else palette.MUNSELL[munsell]


def _record(b: Building) -> dict[str, Any]:
    return {
        "id": b.id,
        "name": b.name,
        "address": b.address,
        "use": b.use,
        "height_m": b.height_m,
        "eave_height_m": b.eave_height_m,
        "base_m": b.base_m,
        "storeys": b.storeys,
        "year_built": b.year_built,
        "structure": b.structure,
        "style": b.style,
        "roof_form": b.roof_form,
        "roof_color": _hex(b.roof_color),
        "facade_main_color": _hex(b.main),
        "facade_secondary_color": _hex(b.secondary),
        "facade_accent_color": _hex(b.accent),
        "facade_material": b.facade_material,
        "color_source": b.color_source,
        **b.facts,
    }


def _write_layers(
    folder: Path, site: Site, zones: list[Zone], rules: list[dict[str, Any]], facts: dict[str, dict[str, Any]]
) -> None:
    write_features(
        folder / FILES["streets"],
        [
            (
                s.line,
                {
                    "id": s.id,
                    "name_zh": s.name_zh,
                    "name_en": s.name_en,
                    "class": s.kind,
                    "width_m": s.width_m,
                    **facts[s.id],
                    "invented_name": s.invented_name,
                },
            )
            for s in STREETS
        ],
    )
    write_features(
        folder / FILES["roads"],
        [
            (
                s.line.buffer(s.carriageway_m / 2, cap_style="flat", quad_segs=2).simplify(0.05),
                {
                    "id": f"road-{s.id}",
                    "street_id": s.id,
                    "name_zh": s.name_zh,
                    "name_en": s.name_en,
                    "kind": s.kind,
                    "width_m": s.carriageway_m,
                },
            )
            for s in STREETS
        ]
        + [
            (
                lane,
                {
                    "id": f"lane-{i:03d}",
                    "street_id": None,
                    "name_zh": None,
                    "name_en": None,
                    "kind": "lane",
                    "width_m": None,
                },
            )
            for i, lane in enumerate(site.lanes, start=1)
        ],
    )
    pitches = [
        Area(f"pitch-{i}", name, "School sports ground", "pitch", shape)
        for i, (name, shape) in enumerate(site.pitches, start=1)
    ]
    for layer, areas in (("water", RIVERS), ("green", (*PARKS, *pitches)), ("built-up", (build_built_up(),))):
        write_features(
            folder / FILES[layer],
            [(a.shape, {"id": a.id, "name_zh": a.name_zh, "name_en": a.name_en, "kind": a.kind}) for a in areas],
        )
    write_features(
        folder / FILES["zones"],
        [
            (
                z.shape,
                {
                    "id": z.id,
                    "name_zh": z.name_zh,
                    "name_en": z.name_en,
                    "level": z.level,
                    "description_zh": z.description_zh,
                    "description_en": z.description_en,
                    "rules": [r["id"] for r in rules if z.id in r["applies_to"].get("zones", ())],
                },
            )
            for z in zones
        ],
    )


def _write_projects(folder: Path, site: Site, zones: list[Zone]) -> None:
    projects = build_projects(site, zones)
    write_features(folder / FILES["projects"], [(project.shape, project_properties(project)) for project in projects])


def _write_rules(folder: Path, rules: list[dict[str, Any]], answers: Answers) -> None:
    pack = {
        "id": "yuxian-demo",
        "name": {"zh": "盂县风貌管控示例规则", "en": "Yu County townscape demonstration rules"},
        "version": "2026.1",
        "synthetic": True,
        "notice": NOTICE,
        "document": {
            "title": {"zh": "盂县城市风貌管控导则（示例）", "en": "Yu County townscape guide (demonstration)"},
            "provenance": "synthetic demonstration after public standards and own proposals; not law",
            "issued": dt.date(2026, 1, 1),
        },
        "palettes": PALETTES,
        "rules": rules,
        "exemptions": answers.exemptions,
    }
    write_yaml(
        folder / FILES["rules"],
        pack,
        "Synthetic demonstration rule pack. Figures are illustrative; see document.provenance.",
    )
    write_json(
        folder / FILES["answers"],
        {
            "notice": NOTICE,
            "synthetic": True,
            "dataset": "buildings",
            "complete": True,
            "violations": answers.violations,
            "no_data": answers.no_data,
            "review": answers.review,
            "exempt": answers.exempt,
        },
    )


def _town(ground: Ground) -> dict[str, Any]:
    lon, lat = _degrees(*PAVILION_AT)
    height = round(float(ground.at(np.array([PAVILION_AT[0]]), np.array([PAVILION_AT[1]]))[0]), 2)
    ifc = [
        {
            "id": f"ifc-{p.id}",
            "name": {"zh": p.name_zh, "en": p.name_en},
            "kind": "elements",
            "file": p.file,
            "street_id": p.street_id,
            "at_projected": {
                "e": round(ORIGIN_E + p.sw[0], 2),
                "n": round(ORIGIN_N + p.sw[1], 2),
                "h": ground.lowest_under(p.footprint),
                "x_axis_deg": p.angle_deg,
            },
            "size_m": [p.width_m, p.depth_m],
            "georeferenced": True,
        }
        for p in PLOTS
    ]
    return {
        "name": {"zh": "盂县县城（合成示例）", "en": "Yu County seat (synthetic sample)"},
        "synthetic": True,
        "notice": NOTICE,
        "crs": f"EPSG:{EPSG}",
        "heights": {"datum": "china-1985", "undulation_m": UNDULATION_M},
        "home": {"street_id": "xiushui-west"},
        "seat_deg": [113.4054, 38.0848],
        "layers": [
            {"id": i, "name": {"zh": zh, "en": en}, "kind": kind, "file": FILES[i]}
            for i, zh, en, kind in (
                ("water", "水系", "Water", "polygon"),
                ("green", "绿地", "Green", "polygon"),
                ("built-up", "建成区", "Built-up area", "polygon"),
                ("roads", "道路", "Roads", "polygon"),
                ("streets", "街道中心线", "Street centrelines", "line"),
                ("zones", "管控区", "Control zones", "polygon"),
                ("units", "片区、单元、地块", "Districts, units, parcels", "polygon"),
                ("corridors", "视线通廊", "View corridors", "line"),
            )
        ],
        "files": FILES,
        "datasets": [
            {
                "id": "buildings",
                "name": {"zh": "建筑", "en": "Buildings"},
                "kind": "buildings",
                "file": FILES["buildings"],
                "cim_level": 2,
            },
            *ifc,
            {
                "id": "pavilion",
                "name": {"zh": "香河公园六角亭", "en": "Pavilion in Xianghe Park"},
                "kind": "mesh",
                "file": "models/pavilion.obj",
                "cim_level": 3,
            },
            {
                "id": "scan",
                "name": {"zh": "秀水西街路口点云", "en": "Street corner scan"},
                "kind": "pointcloud",
                "file": "models/scan.laz",
                "cim_level": 3,
            },
        ],
        "models": [
            {
                "id": "pavilion",
                "file": "models/pavilion.obj",
                "up": "z",
                "at": [lon, lat, height, 15.0],
                "height_datum": "china-1985",
                "bearing": "degrees clockwise from true north of the model's y axis",
            }
        ],
    }


def _degrees(x: float, y: float) -> tuple[float, float]:
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(EPSG, 4490, always_xy=True).transform(ORIGIN_E + x, ORIGIN_N + y)
    return round(float(lon), 8), round(float(lat), 8)


def main() -> None:
    """Write the town to the folder given, or beside this script."""
    parser = argparse.ArgumentParser(prog="python -m sample_models.build_town", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=FOLDER, help="where to write; beside this script unless told"
    )
    folder = parser.parse_args().folder
    print(f"{build_town(folder)} buildings written to {folder}")


if __name__ == "__main__":
    main()
