"""What CesiumJS makes of the compressed streams is what is read back here, byte for byte."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import shapely.affinity

from tests.tiles.builders import box_at_seat, building_stream

HERE = Path(__file__).parent


def test_the_decoder_of_cesiumjs_reads_every_stream_as_it_was_meant(tile, glbs_of):
    boxes = [box_at_seat(8 + n % 5, 12, dx=25 * (n % 20), dy=30 * (n // 20)) for n in range(300)]
    shapes = [shapely.affinity.rotate(box, 7 * n, "center") for n, box in enumerate(boxes)]
    ids = [str(249_982_600 + 7 * n) if n % 50 else str(n) for n in range(300)]
    heights = [8.35 + n % 9 for n in range(300)]
    folder, _, _ = tile(building_stream(shapes, id=ids, height_m=heights))
    (path,), (glb,) = sorted(folder.glob("tiles/*.glb")), glbs_of(folder)
    modules = Path(os.environ.get("GLTF_VALIDATOR_DIR", HERE.parents[1] / "viewer" / "node_modules"))
    node = shutil.which("node")
    if node is None or not (modules / "meshoptimizer").is_dir():
        pytest.fail("needs node and the npm package meshoptimizer (viewer/node_modules)")
    done = subprocess.run(
        [node, str(HERE / "decode_glb.mjs"), str(path)],
        capture_output=True,
        check=True,
        env={**os.environ, "NODE_MODULES": str(modules)},
        timeout=60,
    )
    theirs = [None if text is None else base64.b64decode(text) for text in json.loads(done.stdout)]
    filters = set()
    for number, data in enumerate(theirs):
        if data is not None:
            assert data == glb.view_bytes(number), glb.document["bufferViews"][number]
            filters.add(glb.document["bufferViews"][number]["extensions"]["EXT_meshopt_compression"].get("filter"))
    assert filters == {None, "EXPONENTIAL", "OCTAHEDRAL"}
    assert glb.property_column("id") == ids
    assert glb.property_column("height").tolist() == heights
