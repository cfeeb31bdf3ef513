"""A PostgreSQL with PostGIS of the tests' own: a temporary data folder, a socket in it, gone at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

_MISSING = (
    "no PostgreSQL with PostGIS: run .ci/ensure-postgis (Debian: apt-get install postgresql-15-postgis-3),"
    " or set CIM_SKIP_POSTGIS=1 to leave these tests out"
)


@dataclass
class PostgisServer:
    """A running server; ``url(name)`` is a database of it, ``clone`` makes one from another."""

    socket: Path
    command: list[str | Path]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self.socket / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=output, cwd=self.socket)
        _wait(self, log)

    def stop(self) -> None:
        """End every connection and the server, as an administrator does who restarts it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)

    def url(self, database: str) -> str:
        return f"postgresql://cim@/{database}?host={self.socket}"

    def create(self, template: str = "template1") -> str:
        """A new database as a copy of another; returns its name."""
        name = f"t{next(self.numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def kill_backends(self, database: str) -> int:
        """End every connection to a database, as an administrator or a crash would; returns how many."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            return len(
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,)
                ).fetchall()
            )


def find_programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres`` of the newest version that has PostGIS."""
    for control in sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"), reverse=True):
        programs = Path("/usr/lib/postgresql") / control.parts[4] / "bin"
        if (programs / "initdb").exists():
            return programs
    found = shutil.which("pg_config")
    if found:
        share, programs_text = (
            subprocess.run([found, what], capture_output=True, text=True, check=True).stdout.strip()
            for what in ("--sharedir", "--bindir")
        )
        if (Path(share) / "extension/postgis.control").exists() and (Path(programs_text) / "initdb").exists():
            return Path(programs_text)
    return None


@contextmanager
def running_server() -> Iterator[PostgisServer]:
    """Start a server and stop it; skips only when CIM_SKIP_POSTGIS says so, fails where there is no PostGIS."""
    if os.environ.get("CIM_SKIP_POSTGIS") == "1":
        pytest.skip("CIM_SKIP_POSTGIS=1")
    programs = find_programs()
    if programs is None:
        pytest.fail(_MISSING)
    folder = Path(tempfile.mkdtemp(prefix="cim-postgis-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = next(user for name in ("postgres", "nobody") for user in pwd.getpwall() if user.pw_name == name)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_user = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    folder.chmod(0o755)
    data = folder / "data"
    initdb = [
        *as_user,
        programs / "initdb",
        "-D",
        data,
        "-A",
        "trust",
        "-U",
        "cim",
        "--no-sync",
        "--locale=C",
        "-E",
        "UTF8",
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=120"]
    start: list[str | Path] = [
        *as_user,
        programs / "postgres",
        "-D",
        data,
        *(word for setting in settings for word in ("-c", setting)),
    ]
    found = PostgisServer(folder, start)
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: PostgisServer, log: Path) -> None:
    for _ in range(200):
        with suppress(psycopg.OperationalError), psycopg.connect(server.url("postgres")):
            return
        time.sleep(0.05)
    pytest.fail(f"the test server did not start: {log.read_text()[-500:]}")
