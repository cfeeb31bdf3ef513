"""A stage of work ends when as many steps are done as were announced: no bar stands at 200 per cent."""

import json
from pathlib import Path

from api.pipeline.convert import convert_sources
from api.pipeline.importing import DatasetIdentity, import_source
from cim_core.progress import SilentProgress
from converters.base import ReadOptions
from tiles.options import TileOptions


class Steps(SilentProgress):
    """Notes what was announced and what was done, by stage."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: list[list] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.stages.append([stage, total, 0])

    def advance(self, steps: int = 1) -> None:
        if self.stages:
            self.stages[-1][2] += steps


def write_town(path: Path, count: int = 120) -> Path:
    def ring(n: int) -> list[list[float]]:
        x, y = 113.4 + 0.0005 * (n % 12), 38.08 + 0.0005 * (n // 12)
        return [[x, y], [x + 2e-4, y], [x + 2e-4, y + 2e-4], [x, y + 2e-4], [x, y]]

    features = [
        {
            "type": "Feature",
            "properties": {"id": f"b{n}", "height": 9},
            "geometry": {"type": "Polygon", "coordinates": [ring(n)]},
        }
        for n in range(count)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_every_stage_does_the_steps_it_announced(tmp_path: Path) -> None:
    source, steps = write_town(tmp_path / "town.geojson"), Steps()
    options = ReadOptions(batch_size=50)
    convert_sources([source], tmp_path / "out", options, TileOptions(), steps)
    assert steps.stages == [["read", None, 120], ["tiles", 1, 1]]  # GeoJSON does not tell how many it has
    steps = Steps()
    import_source([source], tmp_path / "ws", DatasetIdentity("b"), options, steps)
    by_stage = {stage: (total, done) for stage, total, done in steps.stages}
    assert (by_stage["read"], by_stage["prepare"]) == ((None, 120), (120, 120))
    assert by_stage["tiles"] == (1, 1)
