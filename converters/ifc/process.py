"""The process that parses a model, and how it is told which: ``python -m converters.ifc.process``.

It takes as long to load its libraries as ``cim`` does. Started before it is known what is to be done with the model, it
does so on another core; a process that is never told anything ends when its parent does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_waiting: list[subprocess.Popen[bytes]] = []


def start_ahead() -> None:
    """Start the process that ``start_parser`` will use."""
    if not _waiting:
        _waiting.append(_start())


def start_parser(path: Path, folder: Path, order: str) -> subprocess.Popen[bytes]:
    """Have a process of its own group carry out an order (JSON of ``Order``) on a file; results go to ``folder``."""
    process = _waiting.pop() if _waiting else _start()
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as told:  # where it is dead its exit code says so
            told.write(json.dumps([str(path), str(folder), order]).encode() + b"\n")
    return process


def _start() -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in (str(_ROOT), os.environ.get("PYTHONPATH")) if p),
        "OPENBLAS_NUM_THREADS": "1",  # its threads do not survive a fork
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "converters.ifc.process"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def main() -> int:
    """Load what parsing takes, wait for the order, carry it out."""
    from converters.ifc.child import main as parse

    told = sys.stdin.buffer.readline()
    return parse(json.loads(told)) if told else 0


if __name__ == "__main__":
    sys.exit(main())
