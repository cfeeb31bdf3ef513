"""Helper processes for tiling: started early, fed with functions, gone with their parent."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_PROGRAM = "import sys; sys.path[:] = {path!r}; from tiles.worker import main; main()"


def usable_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkerPool:
    """``helpers`` further Python processes; each takes one task at a time. Without helpers nothing can be submitted.

    A helper ends when its parent closes it, or dies in whatever way, as its input ends then. Ctrl-C reaches only the
    parent. Leaving the ``with`` block ends all helpers, busy or not.
    """

    def __init__(self, helpers: int) -> None:
        self.helpers = helpers
        self._processes = [_start() for _ in range(helpers)]
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(helpers) if helpers else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for process in self._processes:
            process.kill()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run a module-level function in a helper; its arguments, result and errors are pickled."""
        if self._threads is None:
            raise ValueError("the pool has no helpers")
        return self._threads.submit(self._run, function, args, kwargs)

    def _run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        process = self._idle.get()
        try:
            if process.stdin is None or process.stdout is None:
                raise ChildProcessError("a tiling process has no pipes")
            pickle.dump((function, args, kwargs), process.stdin, protocol=5)
            process.stdin.flush()
            is_result, value = pickle.load(process.stdout)  # noqa: S301 - from our own process
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise ChildProcessError("a tiling process ended before its work was done") from error
        finally:
            self._idle.put(process)
        if not is_result:
            raise value
        return value


def _start() -> subprocess.Popen[bytes]:
    program = _PROGRAM.format(path=sys.path)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )


def _close(pipe: Any) -> None:  # noqa: ANN401
    try:
        pipe.close()
    except OSError:  # what was not yet written to a helper that is gone
        return
