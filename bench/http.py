"""What one server process answers a second of its processor time: a building, small and large boxes, findings.

Usage: python -m bench.http [--buildings N] [--seconds S] [--url postgresql://…] [--json FILE]

A town is made up as in ``bench.store`` and served by one uvicorn worker; eight connections ask one kind of question at
a time. Processor time is what the kernel counts for the server's process, so that the figures stand whatever else runs.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from api.workspace import Workspace
from bench.store import CRS, box_side_m, build_town
from cim_core.store import DatasetKind, DatasetRecord, Store

CONNECTIONS = 8
#: Requests per processor second of one worker that the platform is held to.
TARGETS = {"building by id": 1_500, "box of 10": 500, "box of 1,000": 100}
Paths = Callable[[int], str]


def make_town(folder: Path, count: int, url: str) -> dict[str, Paths]:
    """A workspace with a finding a building; and what to ask it."""
    batches, middles = build_town(count)
    workspace = Workspace(folder, crs=CRS, store_url=url)
    folder.mkdir(parents=True, exist_ok=True)
    workspace.save()
    with Store.create(url or workspace.store_path, CRS, folder) as store:
        store.import_features(DatasetRecord("town", "镇", "Town", DatasetKind.BUILDINGS), batches)
        ids = [f"b{i:06}" for i in range(count)]
        verdicts = np.where(np.arange(count) % 20 == 0, "fail", "pass")
        rows = {
            "building_id": ids,
            "dataset": ["town"] * count,
            "rule_id": ["height"] * count,
            "kind": ["height"] * count,
        }
        store.save_findings(pa.table({**rows, "verdict": verdicts}), date(2026, 1, 1))
        boxes = {wanted: _boxes(store, middles, wanted) for wanted in (10, 1_000)}
    return {
        "service is up": lambda _: "/health",
        "building by id": lambda i: f"/api/v1/buildings/town/b{i * 37 % count:06}",
        "box of 10": lambda i: f"/api/v1/buildings?bbox={boxes[10][i % 400]}&limit=10",
        "box of 1,000": lambda i: f"/api/v1/buildings?bbox={boxes[1_000][i % 400]}&limit=1000",
        "findings, a page": lambda i: f"/api/v1/findings?verdict=fail&limit=50&offset={i % 20 * 50}",
        "state column": lambda _: "/api/v1/state/town/verdict",
    }


def _boxes(store: Store, middles: np.ndarray, wanted: int) -> list[str]:
    near = middles[np.random.default_rng(1).integers(0, len(middles), 400)]
    half = box_side_m(middles, wanted) / 2
    found = (store.to_lonlat_box((x - half, y - half, x + half, y + half)) for x, y in near.tolist())
    return [",".join(f"{value:.7f}" for value in box) for box in found]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """The port and the process of a server with one worker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "api.cli.main", "serve", "--workspace", str(folder), "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(300):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port, server.pid
        finally:
            server.terminate()


def processor_s(pid: int) -> float:
    """Processor time of a process, user and system, s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(port: int, pid: int, paths: Paths, seconds: float) -> dict[str, float]:
    """Requests a processor second and a wall second, and how long one takes (ms, median and 99th percentile)."""
    took: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    failures: list[int] = []
    end = [0.0]

    def work(lane: int) -> None:
        connection, number = http.client.HTTPConnection("127.0.0.1", port), lane
        while time.perf_counter() < end[0]:
            started = time.perf_counter()
            connection.request("GET", paths(number))
            answer = connection.getresponse()
            answer.read()
            took[lane].append(time.perf_counter() - started)
            if answer.status != 200:
                failures.append(answer.status)
            number += CONNECTIONS

    for is_counted in (False, True):
        for lane in took:
            lane.clear()
        before, started = processor_s(pid), time.perf_counter()
        end[0] = started + (seconds if is_counted else 1.0)
        threads = [threading.Thread(target=work, args=(lane,)) for lane in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent, wall = processor_s(pid) - before, time.perf_counter() - started
    if failures:
        raise SystemExit(f"the server answered {sorted(set(failures))}")
    times = [one for lane in took for one in lane]
    return {
        "a processor second": len(times) / max(spent, 0.01),
        "a second": len(times) / wall,
        "median ms": statistics.median(times) * 1000,
        "p99 ms": float(np.percentile(times, 99)) * 1000,
    }


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--url", default="")
    parser.add_argument("--json", type=Path)
    words = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        questions = make_town(folder / "town", words.buildings, words.url)
        found: dict[str, Any] = {}
        with serving(folder / "town") as (port, pid):
            for name, paths in questions.items():
                found[name] = ask(port, pid, paths, words.seconds)
                cells = "".join(f"{value:14,.1f}" for value in found[name].values())
                target = f"   target {TARGETS[name]:,}" if name in TARGETS else ""
                sys.stdout.write(f"{name:20}{cells}{target}\n")
                sys.stdout.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if words.json:
        words.json.write_text(json.dumps({"buildings": words.buildings, **found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
