"""Work in a process of its own that is killed in the middle, as by ``kill -9``."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

#: A forked copy of a server that has the imports done starts in a few milliseconds.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["cim_core.store", "api.pipeline.backup", "tests.api.http.builders"])

Work = Callable[..., None]


def run_and_kill(work: Work, *arguments: object, seconds: float = 0.06) -> list[Any]:
    """Run ``work(send, *arguments)`` until it first sends, then up to ``seconds`` more; returns what it sent."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_run, args=(work, sender, arguments), daemon=True)
    process.start()
    sender.close()
    sent = [receiver.recv()]
    time.sleep(random.random() * seconds)
    process.kill()
    process.join(30)
    try:
        while True:
            sent.append(receiver.recv())
    except EOFError:
        return sent
    finally:
        receiver.close()
        process.close()


def run(work: Work, *arguments: object) -> Any:
    """Run ``work`` to its end; returns what it sent last."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_run, args=(work, sender, arguments), daemon=True)
    process.start()
    sender.close()
    sent: list[Any] = []
    try:
        while True:
            sent.append(receiver.recv())
    except EOFError:
        process.join(30)
        return sent[-1]


def _run(work: Work, sender: Connection, arguments: tuple[object, ...]) -> None:
    work(sender.send, *arguments)
