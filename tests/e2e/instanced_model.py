"""A small model for the browser: twelve equal balls that map one body, and a wall with a picture on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh

_HEAD = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('','',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCPROJECT('0000000000000000000001',$,'Twelve balls',$,$,$,$,(#7),#13);
#7=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#8,$);
#8=IFCAXIS2PLACEMENT3D(#9,$,$);
#9=IFCCARTESIANPOINT((0.,0.,0.));
#13=IFCUNITASSIGNMENT((#14));
#14=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#20=IFCLOCALPLACEMENT($,#8);
#24=IFCSITE('0000000000000000000002',$,'site',$,$,#20,$,$,.ELEMENT.,$,$,$,$,$);
#25=IFCBUILDING('0000000000000000000003',$,'house',$,$,#20,$,$,.ELEMENT.,$,$,$);
#26=IFCBUILDINGSTOREY('0000000000000000000004',$,'ground',$,$,#20,$,$,.ELEMENT.,0.);
#27=IFCRELAGGREGATES('0000000000000000000005',$,$,$,#1,(#24));
#28=IFCRELAGGREGATES('0000000000000000000006',$,$,$,#24,(#25));
#29=IFCRELAGGREGATES('0000000000000000000007',$,$,$,#25,(#26));
#90=IFCMAPCONVERSION(#7,#91,447500.,4217000.,946.,$,$,$);
#91=IFCPROJECTEDCRS('EPSG:4547',$,$,'EPSG:5737',$,$,$);
#40=IFCWALL('0000000000000000000040',$,'painted',$,$,#20,#41,$,$);
#41=IFCPRODUCTDEFINITIONSHAPE($,$,(#42));
#42=IFCSHAPEREPRESENTATION(#7,'Body','Tessellation',(#43));
#43=IFCTRIANGULATEDFACESET(#44,$,.F.,((1,2,3),(1,3,4)),$);
#44=IFCCARTESIANPOINTLIST3D(((-2.,12.,0.),(14.,12.,0.),(14.,12.,8.),(-2.,12.,8.)));
#45=IFCINDEXEDTRIANGLETEXTUREMAP((#46),#43,#47,((1,2,3),(1,3,4)));
#46=IFCPIXELTEXTURE(.T.,.T.,$,$,$,2,1,3,("0FF00FF","0C000C0"));
#47=IFCTEXTUREVERTEXLIST(((0.,0.),(4.,0.),(4.,2.),(0.,2.)));
#50=IFCSHAPEREPRESENTATION(#7,'Body','Tessellation',(#51));
#53=IFCREPRESENTATIONMAP(#8,#50);
#54=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#9,$,$);
"""


def write_instanced_model(path: Path) -> None:
    """Balls of 1.4 m radius every 4 m, four by three; each has its number as name and in a property."""
    ball = trimesh.creation.icosphere(subdivisions=2, radius=1.4)
    points = ",".join(f"({x:.5f},{y:.5f},{z:.5f})" for x, y, z in np.asarray(ball.vertices))
    faces = ",".join(f"({a},{b},{c})" for a, b, c in np.asarray(ball.faces) + 1)
    lines = [f"#51=IFCTRIANGULATEDFACESET(#52,$,.T.,({faces}),$);", f"#52=IFCCARTESIANPOINTLIST3D(({points}));"]
    for n in range(12):
        at = 1000 + 20 * n
        lines += [
            f"#{at}=IFCFURNITURE('{500 + n:022d}',$,'ball-{n}',$,$,#{at + 1},#{at + 4},$,$);",
            f"#{at + 1}=IFCLOCALPLACEMENT(#20,#{at + 2});",
            f"#{at + 2}=IFCAXIS2PLACEMENT3D(#{at + 3},$,$);",
            f"#{at + 3}=IFCCARTESIANPOINT(({4 * (n % 4)}.,{4 * (n // 4)}.,1.5));",
            f"#{at + 4}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 5}));",
            f"#{at + 5}=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#{at + 6}));",
            f"#{at + 6}=IFCMAPPEDITEM(#53,#54);",
            f"#{at + 7}=IFCPROPERTYSINGLEVALUE('Mark',$,IFCLABEL('ball-{n}'),$);",
            f"#{at + 8}=IFCPROPERTYSET('{600 + n:022d}',$,'Pset_Sample',$,(#{at + 7}));",
            f"#{at + 9}=IFCRELDEFINESBYPROPERTIES('{700 + n:022d}',$,$,$,(#{at}),#{at + 8});",
        ]
    inside = ",".join(["#40", *(f"#{1000 + 20 * n}" for n in range(12))])
    lines.append(f"#30=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000008',$,$,$,({inside}),#26);")
    path.write_text(_HEAD + "\n".join(lines) + "\nENDSEC;\nEND-ISO-10303-21;\n", encoding="utf-8")
