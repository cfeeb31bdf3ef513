"""A real ``cim serve`` process on a free port, for tests that need one."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(workspace: Path, log: Path, deadline_s: float = 30.0) -> Iterator[str]:
    """Run ``cim serve`` until the block ends; yields the address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "api.cli.main", "serve", "--workspace", str(workspace), "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            yield _wait_until_up(f"http://127.0.0.1:{port}", process, log, deadline_s)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path, deadline_s: float) -> str:
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
                if answer.status == 200:
                    return address
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer within {deadline_s} s:\n{log.read_text()}")
