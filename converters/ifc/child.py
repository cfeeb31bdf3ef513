"""The process that parses an untrusted model: ``python -m converters.ifc.child FILE FOLDER PART PARTS MODE``.

It writes ``facts.json`` (part 0 only), then one record a shape to ``part-N.spool``. MODE ``fast`` meshes with one
iterator and then settles what it missed one by one; ``careful`` goes one by one from where a crashed run stopped.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import ifcopenshell

from converters.ifc.facts import collect_facts
from converters.ifc.selection import select_products
from converters.ifc.shapes import mesh_all, mesh_one
from converters.ifc.spool import SpoolWriter, read_spool


def main(arguments: list[str]) -> int:
    """Run one part; 0 when every product of the part is settled, 3 when the file cannot be opened."""
    file, folder, part, parts, mode = arguments
    _forbid_core_dumps()
    workdir = Path(folder)
    try:
        model = ifcopenshell.open(file)
        complaints = parser_complaints()
        selection = select_products(model)
        if part == "0" and not (workdir / "facts.json").exists():
            _write(workdir / "facts.json", json.dumps({**collect_facts(model, selection), "complaints": complaints}))
    except Exception as error:  # whatever the parser raises is the user's answer
        detail = "; ".join(parser_complaints()[:3])
        _write(workdir / f"error-{part}.txt", f"{error}{f' ({detail})' if detail else ''}")
        return 3
    spool_path = workdir / f"part-{part}.spool"
    done = read_spool(spool_path).settled
    todo = [
        step for step in _share(sorted(selection.representation_by_product), int(part), int(parts)) if step not in done
    ]
    spool = SpoolWriter(spool_path)
    missing = mesh_all(model, selection, todo, spool) if mode == "fast" else todo
    for step in missing:
        mesh_one(model, selection, step, spool)
    spool.close()
    return 0


def parser_complaints() -> list[str]:
    """What the parser has found wrong with the file's text so far, without its time stamps."""
    log = str(ifcopenshell.get_log())  # type: ignore[no-untyped-call]
    found = re.findall(r"^\[(?:error|warning)\] (?:\[[A-Z]+\d+\] )?\[[\d\- :]+\] (.*)$", log, re.MULTILINE)
    return list(dict.fromkeys(found))[:50]


def _forbid_core_dumps() -> None:
    """A crash is expected of hostile files; it must not fill the disk."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _share(steps: list[int], part: int, parts: int) -> list[int]:
    """A contiguous run of the products: neighbours share mapped representations."""
    size = -(-len(steps) // parts) if steps else 0
    return steps[part * size : (part + 1) * size]


def _write(path: Path, text: str) -> None:
    staging = path.with_suffix(".tmp")
    staging.write_text(text, encoding="utf-8")
    staging.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
