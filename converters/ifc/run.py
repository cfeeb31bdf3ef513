"""Runs the parsing child process, and brings back facts and shapes. Whatever the child does, this process survives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cim_core.errors import UnreadableSourceError
from cim_core.progress import Progress
from converters.ifc.limits import OPEN_LIMIT_S, POLL_S
from converters.ifc.order import Order
from converters.ifc.process import start_parser
from converters.ifc.spool import SpoolContent, read_spool

MAX_PARTS = 4


@dataclass(frozen=True, slots=True)
class ModelContent:
    """Facts of a model, and the spools of its workers with shapes and failures by STEP id."""

    facts: dict[str, Any]
    spools: list[SpoolContent]


def usable_parts() -> int:
    """Workers worth starting: one a core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MAX_PARTS)) if hasattr(os, "fork") else 1


@contextmanager
def parsed(
    path: Path, order: Order, progress: Progress, meanwhile: Callable[[], None], *, where: str
) -> Iterator[ModelContent]:
    """Parse and mesh the file in child processes. The shapes stay in a temporary folder while the context is open.

    ``meanwhile`` is called once they are at work; if it raises, they are ended.

    Raises:
        UnreadableSourceError: the parser refuses the file or dies on it before any element is reached.
        CancelledError: the user stopped; the children are ended first.
    """
    progress.start("read IFC", None)
    with tempfile.TemporaryDirectory(prefix="cim-ifc-") as name:
        folder = Path(name)
        _run_child(path, folder, order, progress, meanwhile, where)
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        yield ModelContent(facts, [read_spool(folder / f"part-{n}.spool") for n in range(order.parts)])


def _run_child(
    path: Path, folder: Path, order: Order, progress: Progress, meanwhile: Callable[[], None], where: str
) -> None:
    child = start_parser(path, folder, order.to_json())
    started = time.monotonic()
    try:
        meanwhile()
        while child.poll() is None:
            time.sleep(POLL_S)
            progress.advance(0)
            if time.monotonic() - started > OPEN_LIMIT_S and not any(folder.iterdir()):
                break
    finally:
        _end(child)
    if child.returncode == 0:
        return
    error = folder / "error.json"
    if error.exists():
        known = json.loads(error.read_text(encoding="utf-8"))
        raise UnreadableSourceError(known["message"], where=where, hint=known["hint"], code=known["code"])
    raise UnreadableSourceError(
        "the IFC parser crashed or ran out of time on this file",
        where=where,
        hint=f"the file is damaged, hostile{_or_too_large(order.memory_bytes)}; try exporting it again",
        code="parser-crash",
    )


def _or_too_large(memory_bytes: int | None) -> str:
    return f" or needs more than --max-memory ({memory_bytes / 1e6:.0f} MB)" if memory_bytes else ""


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and its workers, wherever they are."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    elif child.poll() is None:
        child.kill()
    child.wait()
