"""Helper processes for tiling: started early, fed with functions, gone with their parent."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, Any, NoReturn, ParamSpec, Self, TypeVar

from tiles.worker import serve

P = ParamSpec("P")
R = TypeVar("R")

_PROGRAM = "import sys; sys.path[:] = {path!r}; from tiles.worker import main; main()"


def usable_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkerPool:
    """``helpers`` further processes; each takes one task at a time. Without helpers nothing can be submitted.

    A helper ends when its parent closes it, or dies in whatever way, as its input ends then. Ctrl-C reaches only the
    parent. Leaving the ``with`` block ends all helpers, busy or not.
    """

    def __init__(self, helpers: int) -> None:
        self.helpers = helpers
        self._processes: list[_Helper] = []
        for _ in range(helpers):
            self._processes.append(_fork(self._processes) if _can_fork() else _start())
        self._idle: SimpleQueue[_Helper] = SimpleQueue()
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
            _close(process.tasks)
            _close(process.answers)

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run a module-level function in a helper; its arguments, result and errors are pickled."""
        if self._threads is None:
            raise ValueError("the pool has no helpers")
        return self._threads.submit(self._run, function, args, kwargs)

    def _run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        process = self._idle.get()
        try:
            pickle.dump((function, args, kwargs), process.tasks, protocol=5)
            process.tasks.flush()
            is_result, value = pickle.load(process.answers)  # noqa: S301 - from our own process
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise ChildProcessError("a tiling process ended before its work was done") from error
        finally:
            self._idle.put(process)
        if not is_result:
            raise value
        return value


@dataclass(frozen=True, slots=True)
class _Helper:
    """A process that takes pickled tasks and gives pickled answers."""

    pid: int
    tasks: IO[bytes]
    answers: IO[bytes]
    kill: Callable[[], None]
    wait: Callable[[], object]


def _can_fork() -> bool:
    """Whether a copy of this process can work: only where no other thread could hold a lock at that moment."""
    return sys.platform == "linux" and threading.active_count() == 1


def _fork(others: list[_Helper]) -> _Helper:
    """A copy of this process: it need not import anything, and shares the memory of what is imported."""
    import tiles.leaf  # noqa: F401 - for all helpers at once

    for_child, tasks = os.pipe()
    answers, from_child = os.pipe()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    pid = os.fork()
    if pid == 0:
        of_others = [pipe.fileno() for other in others for pipe in (other.tasks, other.answers)]
        _serve_parent(for_child, from_child, [tasks, answers, *of_others])
    os.close(for_child)
    os.close(from_child)
    return _Helper(
        pid,
        os.fdopen(tasks, "wb"),
        os.fdopen(answers, "rb"),
        kill=lambda: os.kill(pid, signal.SIGKILL),
        wait=lambda: os.waitpid(pid, 0),
    )


def _serve_parent(tasks: int, answers: int, of_parent: list[int]) -> NoReturn:
    """What the copy does; it never returns into the program of its parent."""
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for descriptor in of_parent:
            os.close(descriptor)
        os.dup2(2, 1)
        serve(os.fdopen(tasks, "rb"), os.fdopen(answers, "wb"))
    finally:
        os._exit(0)


def _start() -> _Helper:
    """A new program, where this process cannot be copied."""
    program = _PROGRAM.format(path=sys.path)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise ChildProcessError("a tiling process has no pipes")
    return _Helper(process.pid, process.stdin, process.stdout, process.kill, process.wait)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:  # what was not yet written to a helper that is gone
        return
