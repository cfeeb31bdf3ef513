"""Large models made of a real one: copies side by side under one project, and more of its furniture.

Usage: python -m bench.ifc_copies FILE OUT [--copies N] [--furniture N]
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import ifcopenshell

#: One of each for all copies: the project, its units and its contexts.
SHARED = (
    "IFCPROJECT",
    "IFCUNITASSIGNMENT",
    "IFCGEOMETRICREPRESENTATIONCONTEXT",
    "IFCGEOMETRICREPRESENTATIONSUBCONTEXT",
)
GAP = 1.2
_LINE = re.compile(r"^#(\d+)\s*=\s*([A-Z0-9_]+)\s*\(", re.MULTILINE)
_TOKEN = re.compile(r"'(?:[^']|'')*'|#(\d+)")
_GUID = re.compile(r"(?<=\(')[0-3][0-9A-Za-z_$]{21}(?=')")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"


def write_copies(source: Path, target: Path, copies: int, furniture: int = 0) -> None:
    """Write ``copies`` of the model in a square grid, and ``furniture`` more placed pieces of its mapped furniture."""
    head, data, tail = _sections(source.read_text(encoding="utf-8", errors="surrogateescape"))
    shared = {int(m[1]) for m in _LINE.finditer(data) if m[2] in SHARED}
    step = max(int(m[1]) for m in _LINE.finditer(data)) + 10
    statements = re.findall(r"#\d+\s*=.*?;(?=\s*(?:#|$))", data, re.DOTALL)
    own = "\n".join(s for s in statements if int(_LINE.match(s)[1]) not in shared)  # type: ignore[index]
    size = _size(source)
    side = int(-(-(copies**0.5) // 1))
    with target.open("w", encoding="utf-8", errors="surrogateescape") as out:
        out.write(head)
        out.write(data)
        for copy in range(1, copies):
            out.write(_moved(own, shared, copy, step, (copy % side * size * GAP, copy // side * size * GAP)))
        out.write(_furniture(source, furniture, step * (copies + 1), size / 40))
        out.write(tail)


def _sections(text: str) -> tuple[str, str, str]:
    start = text.index("DATA;") + len("DATA;")
    end = text.index("ENDSEC;", start)
    return text[:start] + "\n", text[start:end], text[end:]


def _moved(own: str, shared: set[int], copy: int, step: int, place: tuple[float, float]) -> str:
    offset = copy * step

    def renumber(token: re.Match[str]) -> str:
        if token[1] is None or int(token[1]) in shared:
            return token[0]
        return f"#{int(token[1]) + offset}"

    text = _TOKEN.sub(renumber, own)
    at, by = (1, copy) if own.count("=IFCBUILDING(") < 2 else (3, 64 * copy)  # copies of copies in other digits
    text = _GUID.sub(lambda guid: guid[0][:at] + _shift(guid[0][at : at + 2], by) + guid[0][at + 2 :], text)
    root = offset + step - 4
    text = re.sub(r"IFCLOCALPLACEMENT\s*\(\s*\$", f"IFCLOCALPLACEMENT(#{root}", text)
    return (
        f"\n#{root}=IFCLOCALPLACEMENT($,#{root + 1});\n#{root + 1}=IFCAXIS2PLACEMENT3D(#{root + 2},$,$);\n"
        f"#{root + 2}=IFCCARTESIANPOINT(({place[0]:.1f},{place[1]:.1f},0.));\n{text}\n"
    )


def _shift(two: str, by: int) -> str:
    number = (_DIGITS.index(two[0]) * 64 + _DIGITS.index(two[1]) + by) % 4096
    return _DIGITS[number // 64] + _DIGITS[number % 64]


def _size(source: Path) -> float:
    """Longest side of the model in its own units, from the points of its placements."""
    model = ifcopenshell.open(str(source))
    places = [p.RelativePlacement.Location.Coordinates for p in model.by_type("IfcLocalPlacement")]
    return max(max(abs(c) for c in place) for place in places) * 2


def _furniture(source: Path, count: int, first: int, gap: float) -> str:
    """More pieces of the mapped furniture in rows beside the first copy, all in its first storey."""
    if not count:
        return ""
    model = ifcopenshell.open(str(source))
    pieces = [
        (product.is_a().upper(), body.ContextOfItems.id(), body.Items[0].id(), product)
        for product in model.by_type("IfcFurnishingElement")
        for body in (product.Representation.Representations if product.Representation else ())
        if body.RepresentationIdentifier == "Body" and body.RepresentationType == "MappedRepresentation"
    ]
    storey = model.by_type("IfcBuildingStorey")[0]
    lines, placed = [], []
    for number in range(count):
        kind, context, item, product = pieces[number % len(pieces)]
        at = first + 8 * number
        guid = "3" + "".join(_DIGITS[(number >> (6 * k)) % 64] for k in range(3)) + product.GlobalId[4:]
        others = len(product) - 7
        lines.append(
            f"#{at}={kind}('{guid}',$,'more furniture',$,$,#{at + 1},#{at + 4}{',$' * others});\n"
            f"#{at + 1}=IFCLOCALPLACEMENT(#{storey.ObjectPlacement.id()},#{at + 2});\n"
            f"#{at + 2}=IFCAXIS2PLACEMENT3D(#{at + 3},$,$);\n"
            f"#{at + 3}=IFCCARTESIANPOINT(({number % 40 * gap:.1f},{number // 40 * gap:.1f},0.));\n"
            f"#{at + 4}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 5}));\n"
            f"#{at + 5}=IFCSHAPEREPRESENTATION(#{context},'Body','MappedRepresentation',(#{item}));\n"
        )
        placed.append(f"#{at}")
    relation = f"#{first - 1}=IFCRELCONTAINEDINSPATIALSTRUCTURE('3furniture000000000000',$,$,$,({','.join(placed)}),"
    return "".join(lines) + relation + f"#{storey.id()});\n"


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--furniture", type=int, default=0)
    options = parser.parse_args()
    write_copies(options.source, options.target, options.copies, options.furniture)


if __name__ == "__main__":
    main()
