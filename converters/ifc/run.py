"""Runs the parsing child processes, survives their death, and brings back facts and shapes.

A crash (the geometry kernels can fault on hostile or unlucky bodies) or a stall costs the element in work, which is
reported, and the rest goes on one element at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cim_core.errors import UnreadableSourceError
from cim_core.progress import Progress
from converters.ifc.spool import SpoolContent, SpoolWriter, read_spool

#: From this size on, two processes each mesh half of the products.
TWO_PROCESSES_FROM_BYTES = 6_000_000
OPEN_LIMIT_S = 300.0
STALL_LIMIT_S = 90.0
ELEMENT_LIMIT_S = 30.0
MAX_CRASHES = 40
_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class ModelContent:
    """Facts of a model and the shapes and failures of its elements by STEP id."""

    facts: dict[str, Any]
    spool: SpoolContent


@dataclass(slots=True)
class _Part:
    """One child process and what it has achieved so far."""

    number: int
    process: subprocess.Popen[bytes]
    careful: bool = False
    crashes: int = 0
    size: int = 0
    is_reading: bool = True
    last_change: float = 0.0


def run_children(path: Path, progress: Progress, *, where: str) -> ModelContent:
    """Parse and mesh the file in one or two child processes.

    Raises:
        UnreadableSourceError: the parser refuses the file or dies on it before any element is reached.
        CancelledError: the user stopped; the children are ended first.
    """
    parts = 2 if path.stat().st_size >= TWO_PROCESSES_FROM_BYTES else 1
    progress.start("read IFC", None)
    with tempfile.TemporaryDirectory(prefix="cim-ifc-") as name:
        folder = Path(name)
        running = [_Part(n, _spawn(path, folder, n, parts, "fast"), last_change=time.monotonic()) for n in range(parts)]
        try:
            while running:
                time.sleep(_POLL_S)
                progress.advance(0)
                running = [part for part in running if _tend(part, path, folder, parts, where)]
        finally:
            for part in running:
                part.process.kill()
                part.process.wait()
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        merged = SpoolContent()
        for number in range(parts):
            content = read_spool(folder / f"part-{number}.spool")
            merged.shapes.update(content.shapes)
            merged.failures.update(content.failures)
    return ModelContent(facts, merged)


def _spawn(path: Path, folder: Path, number: int, parts: int, mode: str) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH")) if p)}
    command = [sys.executable, "-m", "converters.ifc.child", str(path), str(folder), str(number), str(parts), mode]
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _tend(part: _Part, path: Path, folder: Path, parts: int, where: str) -> bool:
    """Look after one child; whether it still runs."""
    spool = folder / f"part-{part.number}.spool"
    now = time.monotonic()
    size = spool.stat().st_size if spool.exists() else 0
    if size != part.size:
        part.size, part.last_change, part.is_reading = size, now, False
    code = part.process.poll()
    if code is None:
        limit_s = OPEN_LIMIT_S if part.is_reading else ELEMENT_LIMIT_S if part.careful else STALL_LIMIT_S
        if now - part.last_change < limit_s:
            return True
        part.process.kill()
        code = part.process.wait()
        verdict = f"it took longer than {limit_s:.0f} s"
    else:
        verdict = "the geometry kernel crashed on it"
    if code == 0:
        return False
    if code == 3:
        error = folder / f"error-{part.number}.txt"
        raise UnreadableSourceError(
            f"cannot be parsed: {error.read_text(encoding='utf-8')}", where=where, hint="check or re-export the file"
        )
    if not spool.exists() or part.crashes >= MAX_CRASHES:
        raise UnreadableSourceError(
            "the IFC parser crashed or ran out of time on this file",
            where=where,
            hint="the file is damaged or hostile; try exporting it again",
            code="parser-crash",
        )
    _blame(spool, verdict)
    part.crashes += 1
    part.careful = part.is_reading = True
    part.size = spool.stat().st_size
    part.process = _spawn(path, folder, part.number, parts, "careful")
    part.last_change = time.monotonic()
    return True


def _blame(spool: Path, verdict: str) -> None:
    """Settle the element that was in work, if the child had named one; a record cut short is cut off."""
    content = read_spool(spool)
    repaired = SpoolWriter.rewrite(spool, content)
    if content.in_work is not None:
        repaired.put_failure(content.in_work, verdict)
    repaired.close()
