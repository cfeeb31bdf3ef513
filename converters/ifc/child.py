"""The process that parses an untrusted model: ``python -m converters.ifc.child FILE FOLDER ORDER``.

ORDER is the JSON of ``Order``. It opens the file once, lets forked workers mesh shares of it into ``part-N.spool``,
and meanwhile writes ``facts.json``.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import ifcopenshell

from converters.companions import Companions
from converters.ifc.engines import Job
from converters.ifc.facts import collect_facts
from converters.ifc.limits import Limits, forbid_core_dumps, limit_memory, worker_share
from converters.ifc.order import Order
from converters.ifc.selection import Selection, UnknownClassError, select_products
from converters.ifc.storeys import storey_facts
from converters.ifc.textures import Painting, read_painting
from converters.ifc.untyped import Model
from converters.ifc.workers import end_with_parent, mesh_in_workers


def main(arguments: list[str]) -> int:
    """Mesh the file; 0 when every product is settled, 3 when the file cannot be opened."""
    file, folder, text = arguments
    order = Order.from_json(text)
    workdir = Path(folder)
    forbid_core_dumps()
    end_with_parent()
    limit_memory(order.memory_bytes)
    try:
        model = ifcopenshell.open(file)
        complaints = parser_complaints()
        selection = select_products(model, order.include)
        painting, trouble = _paint(model, selection, order)
    except Exception as error:  # whatever the parser raises is the user's answer
        return _give_up(workdir, error)
    job = Job(Path(file), model, selection, order.deflection_m, painting, order.max_triangles)
    spools = [workdir / f"part-{n}.spool" for n in range(order.parts)]
    limits = Limits(order.element_s, order.stall_s, worker_share(order.memory_bytes, order.parts))

    def write_facts() -> None:
        textures = painting.facts() if painting is not None else None
        facts = {**collect_facts(model, selection), "complaints": complaints + trouble, "textures": textures}
        facts["storeys"] = storey_facts(model, facts["length_unit_m"])
        _write(workdir / "facts.json", json.dumps(facts))

    try:
        mesh_in_workers(job, spools, limits, write_facts)
        if not (workdir / "facts.json").exists():
            write_facts()
    except Exception as error:
        return _give_up(workdir, error)
    return 0


def _paint(model: Model, selection: Selection, order: Order) -> tuple[Painting | None, list[str]]:
    """The textures of the model, and what is wrong with them beyond single ones."""
    files = Companions(Path(order.companions), unpacked=order.is_unpacked) if order.companions else {}
    try:
        return read_painting(model, selection, files), []
    except Exception as error:  # a model whose textures are malformed is still a model
        return None, [f"its textures cannot be read ({type(error).__name__}: {error}); colors are those of styles"]


def _give_up(workdir: Path, error: Exception) -> int:
    if isinstance(error, MemoryError):
        return 4  # the parent knows how much was allowed
    detail = "; ".join(parser_complaints()[:3])
    text = f"cannot be parsed: {error or type(error).__name__}{f' ({detail})' if detail else ''}"
    known = {"message": text, "hint": "check or re-export the file", "code": "unreadable-ifc"}
    if isinstance(error, UnknownClassError):
        known = {"message": str(error), "hint": "write the class as the standard does, e.g. IfcSpace", "code": "class"}
    _write(workdir / "error.json", json.dumps(known))
    return 3


def parser_complaints() -> list[str]:
    """What the parser has found wrong with the file's text so far, without its time stamps."""
    log = str(ifcopenshell.get_log())  # type: ignore[no-untyped-call]
    found = re.findall(r"^\[(?:error|warning)\] (?:\[[A-Z]+\d+\] )?\[[\d\- :]+\] (.*)$", log, re.MULTILINE)
    return list(dict.fromkeys(found))[:50]


def _write(path: Path, text: str) -> None:
    staging = path.with_suffix(".tmp")
    staging.write_text(text, encoding="utf-8")
    staging.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
