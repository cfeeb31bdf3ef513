"""Small models as text: one box per element, everything visible at a glance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cim_core.crs.placement import Placement
from cim_core.features import ExpandedMesh, FeatureBatch, MeshColumns, SourceMeta
from cim_core.issues import IssueLog
from cim_core.progress import SilentProgress
from converters.base import ReadOptions, Source
from converters.ifc import FORMAT
from tests.tiles.conftest import validate_glbs as validate_glbs

MAP_CONVERSION = """#90=IFCMAPCONVERSION(#7,#91,447500.,4217000.,946.,$,$,$);
#91=IFCPROJECTEDCRS('EPSG:4547',$,$,$,$,$,$);
"""


@dataclass
class Model:
    """Text of a model with one box of 10 × 5 × 3 units on the ground and what a test adds or replaces."""

    schema: str = "IFC4"
    unit: str = "#14=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"
    site: str = "$,$,$"
    true_north: str = "$"
    georeference: str = MAP_CONVERSION
    extra: str = ""
    project: str = "#1=IFCPROJECT('0000000000000000000001',$,'p',$,$,$,$,(#7),#13);"
    placement: str = "#20=IFCLOCALPLACEMENT($,#21);"
    origin: str = "0.,0.,0."

    def text(self) -> str:
        return f"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('','',(''),(''),'','','');
FILE_SCHEMA(('{self.schema}'));
ENDSEC;
DATA;
{self.project}
#7=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#8,{self.true_north});
#8=IFCAXIS2PLACEMENT3D(#9,$,$);
#9=IFCCARTESIANPOINT((0.,0.,0.));
#13=IFCUNITASSIGNMENT((#14));
{self.unit}
{self.placement}
#21=IFCAXIS2PLACEMENT3D(#22,$,$);
#22=IFCCARTESIANPOINT(({self.origin}));
#23=IFCLOCALPLACEMENT($,#8);
#24=IFCSITE('0000000000000000000002',$,'site',$,$,#23,$,$,.ELEMENT.,{self.site},$,$);
#25=IFCBUILDING('0000000000000000000003',$,'house',$,$,#20,$,$,.ELEMENT.,$,$,$);
#26=IFCBUILDINGSTOREY('0000000000000000000004',$,'ground',$,$,#20,$,$,.ELEMENT.,0.);
#27=IFCRELAGGREGATES('0000000000000000000005',$,$,$,#1,(#24));
#28=IFCRELAGGREGATES('0000000000000000000006',$,$,$,#24,(#25));
#29=IFCRELAGGREGATES('0000000000000000000007',$,$,$,#25,(#26));
#30=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000008',$,$,$,(#40),#26);
#40=IFCWALL('0000000000000000000009',$,'wall',$,$,#20,#41,$,$);
#41=IFCPRODUCTDEFINITIONSHAPE($,$,(#42));
#42=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#43));
#43=IFCEXTRUDEDAREASOLID(#44,#47,#36,3.);
#44=IFCRECTANGLEPROFILEDEF(.AREA.,$,#35,10.,5.);
#35=IFCAXIS2PLACEMENT2D(#37,$);
#36=IFCDIRECTION((0.,0.,1.));
#37=IFCCARTESIANPOINT((0.,0.));
#45=IFCCARTESIANPOINT((5.,2.5,0.));
#47=IFCAXIS2PLACEMENT3D(#45,$,$);
{self.georeference}{self.extra}ENDSEC;
END-ISO-10303-21;
"""


@dataclass
class Reading:
    """What came of reading a model."""

    meta: SourceMeta
    batches: list[FeatureBatch]
    log: IssueLog
    objects: list[dict[str, Any]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.records.to_pylist()]

    def row(self, **wanted: Any) -> dict[str, Any]:
        return next(r for r in self.rows if all(r[k] == v for k, v in wanted.items()))

    @property
    def building(self) -> dict[str, Any]:
        return self.row(kind="building")

    @property
    def codes(self) -> set[str]:
        return {issue.code for issue in self.log}

    def message(self, code: str) -> str:
        return next(issue.message for issue in self.log if issue.code == code)


@dataclass
class Triangles:
    """The mesh of a batch as one set of arrays: positions, triangles, and of each its row and color."""

    positions: NDArray[np.float64]
    triangles: NDArray[np.int64]
    triangle_row: NDArray[np.int64]
    triangle_color: NDArray[np.uint8]
    placement: Placement


def triangles_of(mesh: MeshColumns) -> Triangles:
    whole: ExpandedMesh = mesh.expand(np.arange(len(mesh.row)))
    row = np.repeat(mesh.row, whole.triangle_count)
    return Triangles(whole.positions, whole.triangles, row, whole.colors, mesh.placement)


def read_ifc(path: Path, **options: Any) -> Reading:
    log = IssueLog()
    stream = FORMAT.read(Source.open(path), ReadOptions(**options), log, SilentProgress())
    batches = list(stream.batches)
    log.features_out = sum(len(batch) for batch in batches)
    assert stream.total == log.features_out
    assert log.is_balanced()
    return Reading(stream.meta, batches, log, stream.objects.to_pylist() if stream.objects is not None else [])


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Read a model given as text, bytes, ``Model`` or path."""

    def read_model(model: Model | str | bytes | Path, /, **options: Any) -> Reading:
        if isinstance(model, Path):
            return read_ifc(model, **options)
        content = model.text() if isinstance(model, Model) else model
        path = tmp_path / "model.ifc"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_ifc(path, **options)

    return read_model


@pytest.fixture
def make_model() -> type[Model]:
    return Model
