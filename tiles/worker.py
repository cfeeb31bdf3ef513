"""The other side of ``tiles.workers``: takes functions from its input, runs them, answers, ends with its input."""

from __future__ import annotations

import os
import pickle
import sys
from typing import IO


def main() -> None:
    """Serve a parent that started this program, until it is gone."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not mix with answers
    import tiles.leaf  # noqa: F401 - imported while the parent still reads

    serve(sys.stdin.buffer, answers)


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """Run pickled functions until there are no more."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    while True:
        try:
            function, args, kwargs = pickle.load(tasks)  # noqa: S301 - from our own parent
        except EOFError:
            return
        try:
            answer = (True, function(*args, **kwargs))
        except Exception as error:
            answer = (False, error)
        try:
            pickle.dump(answer, answers, protocol=5)
            answers.flush()
        except BrokenPipeError:
            os._exit(1)
