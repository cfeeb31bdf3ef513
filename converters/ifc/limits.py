"""How long and how large the processes may get that parse an untrusted model."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

OPEN_LIMIT_S = 300.0
STALL_LIMIT_S = 90.0
ELEMENT_LIMIT_S = 30.0
MAX_CRASHES = 40
POLL_S = 0.01
#: Share of the machine's memory that a conversion may take unless told otherwise.
DEFAULT_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds without progress on one element and on many; bytes for a worker (None: no limit of its own)."""

    element_s: float = ELEMENT_LIMIT_S
    stall_s: float = STALL_LIMIT_S
    worker_bytes: int | None = None


def default_memory_bytes() -> int | None:
    """Three quarters of the machine's memory, where it says how much it has."""
    try:
        return int(DEFAULT_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None


def worker_share(total: int | None, workers: int) -> int | None:
    """What each worker may own: the pages it shares with its parent, and its share of what is left of ``total``."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        used = 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmData:")))
    except (OSError, StopIteration, ValueError):
        return total
    return None if total is None else used + max(total - used, 0) // (workers + 1)


def limit_memory(size: int | None) -> None:
    """Let this process own at most so many bytes; more is refused, which costs it the element in work."""
    if size is not None and sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def forbid_core_dumps() -> None:
    """A crash is expected of hostile files; it must not fill the disk."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
