"""Housing: old courtyards, villages, walk-up compounds, mid-rise and high-rise compounds."""

from __future__ import annotations

from functools import partial

from numpy.random import Generator
from shapely.geometry import Polygon, box

from sample_models.town import shapes
from sample_models.town.blocks import Block, grain_deg, polygons_of, split
from sample_models.town.fills import Lots, Rows, fill_lots, fill_rows, put
from sample_models.town.ground import cut_parts, free_ground, south_turn
from sample_models.town.site import Site

CORE_TYPES = {"main": "court_main", "wing": "court_wing", "gatehouse": "court_gate", "house": "court_house"}
VILLAGE_TYPES = {"main": "village_main", "wing": "village_wing", "gatehouse": "village_gate", "house": "village_house"}
CORE_LOTS = Lots((13.5, 19.5), (16.5, 23.0), 3.2, 0.21, 0.10, CORE_TYPES)
GAP_LOTS = Lots((9.5, 13.5), (10.5, 15.5), 3.0, 0.05, 0.12, CORE_TYPES)
VILLAGE_LOTS = Lots((12.0, 16.5), (15.0, 19.0), 4.0, 0.04, 0.16, VILLAGE_TYPES)


def fill_core(site: Site, rng: Generator, block: Block) -> None:
    """Courtyard houses along narrow alleys; a second, finer pass fills the gaps that the first leaves."""
    for piece in free_ground(site, block, 2.0):
        turn = block.angle_deg + float(rng.uniform(-1.5, 1.5))
        for part in cut_parts(site, piece, turn, (88, 84), 4.5, rng):
            _fill_old_part(site, rng, part, f"core-{block.number}")


def _fill_old_part(site: Site, rng: Generator, part: Polygon, group: str) -> None:
    fill_lots(site, rng, part, grain_deg(part) + float(rng.uniform(-0.5, 0.5)), CORE_LOTS, group)
    for gap in polygons_of(site.rest_of(part, 1.0).buffer(-3.5, join_style="mitre").buffer(3.5, join_style="mitre")):
        if gap.area > 190:
            fill_lots(site, rng, gap, grain_deg(gap), GAP_LOTS, group)


def fill_village(site: Site, rng: Generator, block: Block) -> None:
    """Village houses in looser rows."""
    for piece in free_ground(site, block, 3.0):
        turn = block.angle_deg + float(rng.uniform(-1, 1))
        for part in cut_parts(site, piece, turn, (120, 110), 5.5, rng):
            fill_lots(
                site,
                rng,
                part,
                grain_deg(part) + float(rng.uniform(-0.5, 0.5)),
                VILLAGE_LOTS,
                f"village-{block.number}",
            )


def fill_government(site: Site, rng: Generator, block: Block) -> None:
    """The county government faces 秀水西街; the block's rest is old houses around the temple."""
    for piece in free_ground(site, block, 3.0):
        inner = piece.difference(box(-100, -90, 60, 165))
        for part in (q for p in polygons_of(inner) for q in split(p, block.angle_deg, (90, 90), 4.5, rng)):
            _fill_old_part(site, rng, part, f"core-{block.number}")


def fill_walkup(site: Site, rng: Generator, block: Block) -> None:
    """Compounds of five- and six-storey slabs."""
    turn = south_turn(block.angle_deg)
    compound = 0
    for piece in free_ground(site, block):
        for part in cut_parts(site, piece, turn, (205, 175), 8.0, rng):
            group = f"walkup-{block.number}-{compound}"
            fill_rows(site, rng, part, turn + float(rng.uniform(-1.2, 1.2)), walkup_rows(rng), group)
            place_extras(site, rng, part, turn, group)
            compound += 1


def walkup_rows(rng: Generator) -> Rows:
    """The rows of one walk-up compound: its own storeys, unit, depth and spacing."""
    storeys = int(rng.choice([5, 5, 6, 6, 6]))
    depth = round(float(rng.uniform(11.8, 13.6)), 1)
    unit = float(rng.choice([13.2, 14.4, 15.6]))
    stair = float(rng.choice([0.0, 0.8, 1.2]))
    balcony = float(rng.choice([0.0, 1.0, 1.2]))
    pitch = depth + storeys * 3.0 * float(rng.uniform(1.2, 1.45))
    widths = (
        tuple(round(unit * n, 1) for n in (4, 3, 2))
        if rng.random() < 0.7
        else tuple(round(unit * n, 1) for n in (3, 2))
    )
    return Rows(
        "walkup",
        widths,
        depth,
        pitch,
        float(rng.uniform(6.5, 10)),
        lambda w: shapes.slab(w, depth, unit, stair, balcony),
        storeys=storeys,
        drop_share=0.03,
    )


def place_extras(site: Site, rng: Generator, part: Polygon, turn: float, group: str) -> None:
    """Small single-storey things in a compound: sheds, a boiler house, a gatehouse, a kiosk."""
    w, s, e, n = part.bounds
    if rng.random() < 0.5:
        return
    for _ in range(30):
        x, y = float(rng.uniform(w, e)), float(rng.uniform(s, n))
        size = (float(rng.uniform(7, 18)), float(rng.uniform(4.5, 8)))
        shape = shapes.turned(box(0, 0, *size), x, y, turn)
        if part.covers(shape) and put(site, "annex", group, (x, y), size, turn, gap_m=6.5) and rng.random() < 0.75:
            return


def _midrise_outline(depth_m: float, width_m: float) -> Polygon:
    return shapes.slab(width_m, depth_m, 18.0, 1.0, 1.2)


def fill_midrise(site: Site, rng: Generator, block: Block) -> None:
    """Compounds of six to eleven storeys."""
    turn = south_turn(block.angle_deg)
    compound = 0
    for piece in free_ground(site, block, 10.0):
        for part in cut_parts(site, piece, turn, (230, 210), 10.0, rng):
            storeys = int(rng.choice([6, 8, 11, 11]))
            depth = round(float(rng.uniform(13.0, 14.6)), 1)
            pitch = depth + storeys * 3.0 * float(rng.uniform(1.15, 1.3))
            group = f"midrise-{block.number}-{compound}"
            rows = Rows(
                "midrise",
                (52.0, 36.0) if storeys > 6 else (54.0, 40.0, 27.0),
                depth,
                pitch,
                12.0,
                partial(_midrise_outline, depth),
                5.0,
                0.04,
                8.0,
                storeys,
            )
            fill_rows(site, rng, part, turn + float(rng.uniform(-1, 1)), rows, group)
            place_extras(site, rng, part, turn, group)
            compound += 1


def fill_new(site: Site, rng: Generator, block: Block) -> None:
    """High-rise compounds of slabs or point blocks."""
    turn = south_turn(block.angle_deg)
    compound = 0
    for piece in free_ground(site, block, 12.0):
        for part in cut_parts(site, piece, turn, (260, 260), 12.0, rng):
            storeys = int(rng.choice([11, 15, 17, 18, 18]))
            group = f"new-{block.number}-{compound}"
            compound += 1
            if rng.random() < 0.35:
                rows = Rows(
                    "tower", (25.0,), 22.0, 58.0, 26.0, lambda w: shapes.point_tower(w, 22.0), 8.0, 0.06, 12.0, storeys
                )
            else:
                rows = Rows(
                    "tower",
                    (54.0, 36.0),
                    15.0,
                    15 + storeys * 3.0 * 1.05,
                    15.0,
                    lambda w: shapes.tall_slab(w, 15.0),
                    6.0,
                    0.05,
                    12.0,
                    storeys,
                )
            fill_rows(site, rng, part, turn + float(rng.uniform(-1.5, 1.5)), rows, group)
            place_extras(site, rng, part, turn, group)
