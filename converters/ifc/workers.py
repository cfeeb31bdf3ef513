"""Processes that mesh an open model: forked from the one that opened it, watched, and replaced when they die.

A crash (the geometry kernels can fault on hostile or unlucky bodies) or a stall costs an attempt at the elements in
work; they go on to the next attempt, and only when none is left are they reported.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from converters.ifc.engines import ATTEMPTS, Failures, Job
from converters.ifc.limits import MAX_CRASHES, POLL_S, Limits, limit_memory
from converters.ifc.shapes import ShapeBook
from converters.ifc.spool import SpoolContent, SpoolWriter, cut_to_whole_records, read_spool

#: Bodies are compared as hundreds of thousands of small objects that die by themselves.
_OBJECTS_A_COLLECTION = 200_000


@dataclass(slots=True)
class Part:
    """A share of the elements: where each stands among the attempts, and its worker."""

    spool: Path
    attempt_by_step: dict[int, int]
    pid: int = 0
    crashes: int = 0
    size: int = -1
    last_change: float = 0.0
    reasons: Failures = field(default_factory=dict)


def mesh_in_workers(job: Job, spools: list[Path], limits: Limits, idle: Callable[[], None]) -> None:
    """Settle every selected element in one of the spools; ``idle`` is called while the workers work."""
    shares = job.selection.shares(len(spools))
    parts = [Part(path, dict.fromkeys(share, 0)) for path, share in zip(spools, shares, strict=True)]
    if not hasattr(os, "fork"):
        for part in parts:
            mesh_part(job, part)
        return
    running = [part for part in parts if part.attempt_by_step]
    for part in running:
        _start(job, part, limits)
    idle()
    while running:
        time.sleep(POLL_S)
        running = [part for part in running if _tend(job, part, limits)]


def _start(job: Job, part: Part, limits: Limits) -> None:
    part.last_change = time.monotonic()
    part.pid = os.fork()
    if part.pid:
        return
    try:
        end_with_parent()
        limit_memory(limits.worker_bytes)
        gc.freeze()  # what the parent has made stays, shared and not looked through
        gc.set_threshold(_OBJECTS_A_COLLECTION)
        mesh_part(job, part)
    except BaseException:
        os._exit(1)
    os._exit(0)


def mesh_part(job: Job, part: Part) -> None:
    """Take the elements of a part through the attempts. Runs in the worker."""
    content = read_spool(part.spool)
    left = {step: n for step, n in part.attempt_by_step.items() if step not in content.settled}
    with SpoolWriter(part.spool) as spool:
        book = ShapeBook(spool, {shape.digest: n for n, shape in enumerate(content.shapes)})
        for number, attempt in enumerate(ATTEMPTS):
            due = tuple(step for step, n in left.items() if n == number)
            width = attempt.size or max(len(due), 1)
            for at in range(0, len(due), width):
                some = due[at : at + width]
                spool.put_started(some if number else (), number)
                failures = attempt.run(job, some, book)
                part.reasons.update(failures)
                left.update(dict.fromkeys(failures, attempt.next_after_failure))
        for step, n in left.items():
            if n >= len(ATTEMPTS):
                spool.put_failure(step, part.reasons.get(step, "no shape could be made"))


def _tend(job: Job, part: Part, limits: Limits) -> bool:
    """Look after one worker; whether it, or one in its place, still runs."""
    now = time.monotonic()
    size = part.spool.stat().st_size if part.spool.exists() else 0
    if size != part.size:
        part.size, part.last_change = size, now
    pid, status = os.waitpid(part.pid, os.WNOHANG)
    verdict = "the geometry kernel crashed on it"
    if pid == 0:
        stalled_s = now - part.last_change
        if stalled_s <= limits.element_s or stalled_s <= _allowed_s(part, limits):
            return True
        verdict = f"it took longer than {_allowed_s(part, limits):.0f} s"
        os.kill(part.pid, signal.SIGKILL)
        os.waitpid(part.pid, 0)
    elif status == 0:
        return False
    content = cut_to_whole_records(part.spool)
    part.crashes += 1
    _blame(part, content, verdict)
    if part.crashes > MAX_CRASHES:
        _give_up(part, content)
        return False
    _start(job, part, limits)
    return True


def _allowed_s(part: Part, limits: Limits) -> float:
    started = read_spool(part.spool).in_work
    return limits.element_s if started is not None and len(started.steps) == 1 else limits.stall_s


def _blame(part: Part, content: SpoolContent, verdict: str) -> None:
    """Where the elements of a part go on after its worker died."""
    left = {step: n for step, n in part.attempt_by_step.items() if step not in content.settled}
    started = content.in_work
    if started is not None:
        for step in started.steps or tuple(left):
            left[step] = max(left[step], started.attempt + 1)
            part.reasons[step] = verdict
    part.attempt_by_step = left


def _give_up(part: Part, content: SpoolContent) -> None:
    with SpoolWriter(part.spool) as spool:
        for step in part.attempt_by_step:
            if step not in content.settled:
                text = part.reasons.get(step, f"not tried: the kernels crashed {MAX_CRASHES} times on this file")
                spool.put_failure(step, text)


def end_with_parent() -> None:
    """Die when the parent dies, however it does (Linux; elsewhere the work ends by itself)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
