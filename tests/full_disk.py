"""A file system that is really full: a small tmpfs of a process's own, or a limit on file sizes where none may be had.

``run_on_small_disk`` runs ``python -m MODULE FOLDER ROOM`` with FOLDER on a disk of ROOM bytes and gives what it
prints as JSON. The program calls ``fill_disk`` when it has put there what it needs.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
_IS_MOUNTED = "CIM_TEST_SMALL_DISK"


@cache
def can_mount() -> bool:
    """Whether this user may have a mount namespace with a tmpfs in it."""
    try:
        done = subprocess.run([*_mounted("1m", Path("/mnt")), "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def run_on_small_disk(module: str, folder: Path, room: int) -> Any:
    """What the program prints; without a tmpfs it is to limit itself by ``fill_disk``."""
    folder.mkdir(exist_ok=True)
    program = [sys.executable, "-m", module, str(folder), str(room)]
    before = _mounted(str(room), folder) if can_mount() else []
    done = subprocess.run(
        [*before, *program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
        env={**os.environ, _IS_MOUNTED: "1" if before else ""},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def is_on_small_disk() -> bool:
    """Whether this process was given a tmpfs of its own."""
    return bool(os.environ.get(_IS_MOUNTED))


def fill_disk(folder: Path, left: int) -> None:
    """Leave ``left`` bytes free; without a tmpfs of its own no file may be written beyond them."""
    if is_on_small_disk():
        usage = os.statvfs(folder)
        filler = folder / "filler.bin"
        with filler.open("wb", buffering=0) as file:
            file.write(b"x" * max(0, usage.f_bavail * usage.f_frsize - left))
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, resource.RLIM_INFINITY))


def free_disk(folder: Path) -> None:
    """Make room again."""
    (folder / "filler.bin").unlink(missing_ok=True)
    if not is_on_small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _mounted(size: str, folder: Path) -> list[str]:
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh", size, str(folder)]
