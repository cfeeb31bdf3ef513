"""Write the three models: ``python -m sample_models.ifc_models.build [FOLDER]``. The same bytes every time."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from sample_models.ifc_models.office import build_office
from sample_models.ifc_models.shophouse import build_shophouse
from sample_models.ifc_models.walkup import build_walkup

FOLDER = Path(__file__).resolve().parents[1] / "yuxian" / "ifc"
MODELS: dict[str, Callable[[Path], None]] = {
    "shophouse-ifc4.ifc": build_shophouse,
    "walkup-ifc2x3.ifc": build_walkup,
    "office-ifc4x3.ifc": build_office,
}


def build_models(folder: Path = FOLDER) -> list[Path]:
    """Write all models into the folder and return their paths."""
    for name, build in MODELS.items():
        build(folder / name)
    return [folder / name for name in MODELS]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sample_models.ifc_models.build", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=FOLDER, help="where to write; unless told, beside the town"
    )
    for written in build_models(parser.parse_args().folder):
        print(f"{written.name}  {written.stat().st_size:,} bytes")
