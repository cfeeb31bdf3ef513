"""Pieces that map one representation: made once, placed exactly where each stands; what differs stands for itself."""

from __future__ import annotations

from pathlib import Path

import ifcopenshell
import numpy as np

from converters.ifc.repeats import find_repeats
from converters.ifc.selection import select_products
from tests.converters.ifc.conftest import triangles_of

#: A box of 10 × 5 × 3 as a map, and five pieces of it: the second 100 m east and turned by a quarter, the third
#: made twice as large by its target, the fourth of another material, the fifth with a hole.
PIECES = """#60=IFCREPRESENTATIONMAP(#8,#42);
#61=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#9,1.,$);
#62=IFCMAPPEDITEM(#60,#61);
#63=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#62));
#64=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#9,2.,$);
#65=IFCMAPPEDITEM(#60,#64);
#66=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#65));
#70=IFCDIRECTION((0.,1.,0.));
#71=IFCCARTESIANPOINT((100.,0.,0.));
#72=IFCAXIS2PLACEMENT3D(#71,#36,#70);
#73=IFCLOCALPLACEMENT(#20,#72);
#81=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#82=IFCFURNITURE('1000000000000000000001',$,'first',$,$,#20,#81,$,$);
#83=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#84=IFCFURNITURE('1000000000000000000002',$,'turned',$,$,#73,#83,$,$);
#85=IFCPRODUCTDEFINITIONSHAPE($,$,(#66));
#86=IFCFURNITURE('1000000000000000000003',$,'twice as large',$,$,#20,#85,$,$);
#87=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#88=IFCFURNITURE('1000000000000000000004',$,'oak',$,$,#20,#87,$,$);
#89=IFCMATERIAL('oak',$,$);
#92=IFCRELASSOCIATESMATERIAL('1000000000000000000005',$,$,$,(#88),#89);
#93=IFCPRODUCTDEFINITIONSHAPE($,$,(#63));
#94=IFCFURNITURE('1000000000000000000006',$,'with a hole',$,$,#20,#93,$,$);
#95=IFCOPENINGELEMENT('1000000000000000000007',$,'hole',$,$,#20,$,$,$);
#96=IFCRELVOIDSELEMENT('1000000000000000000008',$,$,$,#94,#95);
"""


def test_only_what_looks_the_same_is_made_once(make_model, tmp_path: Path):
    path = tmp_path / "pieces.ifc"
    path.write_text(make_model(extra=PIECES, unit="#14=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);").text())
    model = ifcopenshell.open(str(path))
    followers = find_repeats(model, select_products(model), (40, 82, 84, 86, 88, 94))
    assert list(followers) == [82]
    [(step, to_place)] = followers[82]
    assert step == 84
    # 100 mm east, x turned into y.
    expected = [[0, -1, 0, 0.1], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert np.allclose(to_place, expected, atol=1e-12)


def test_repeated_pieces_stand_where_their_placements_say(make_model, read):
    reading = read(make_model(extra=PIECES))
    mesh = triangles_of(reading.batches[0].mesh)
    boxes = {}
    for number, row in enumerate(reading.rows):
        at = mesh.positions[mesh.triangles[mesh.triangle_row == number].reshape(-1)]
        if len(at):
            boxes[row["name"]] = np.stack([at.min(axis=0), at.max(axis=0)])
    first = boxes["first"]
    assert np.allclose(np.ptp(first, axis=0), [10, 5, 3])
    assert np.allclose(boxes["turned"] - first[0], [[95, 0, 0], [100, 10, 3]])
    assert np.allclose(boxes["twice as large"] - first[0], [[0, 0, 0], [20, 10, 6]])
    assert np.allclose(boxes["oak"], first)
