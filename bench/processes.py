"""Runs a program and tells what it took: wall and CPU seconds, and the peak memory of all its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_LOOK_S = 0.02


def run_cim(*arguments: object) -> dict[str, float]:
    """``cim ...`` with process start. Raises SystemExit with its message if it fails."""
    return run([sys.executable, "-m", "api.cli.main", *map(str, arguments)])


def run(command: list[str]) -> dict[str, float]:
    """``wall_s``, ``cpu_s`` and ``peak_mb``: the proportional set sizes of the process and its children, together."""
    before, start = os.times(), time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0
    while process.poll() is None:
        peak = max(peak, pss_of_tree(process.pid))
        time.sleep(_LOOK_S)
    wall, after = time.perf_counter() - start, os.times()
    if process.returncode:
        raise SystemExit(process.stderr.read().decode() if process.stderr else f"{command[0]} failed")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak / 1e6}


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    """The smallest wall and CPU time of several runs and the largest peak."""
    return {
        "wall_s": min(one["wall_s"] for one in runs),
        "cpu_s": min(one["cpu_s"] for one in runs),
        "peak_mb": max(one["peak_mb"] for one in runs),
    }


def pss_of_tree(pid: int) -> int:
    """Bytes: shared pages are split between the processes that share them."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except (OSError, StopIteration):
            continue
    return total
