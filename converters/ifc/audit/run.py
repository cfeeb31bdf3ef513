"""Runs one look at a file in a child process with limits, because the file is not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cim_core.errors import UnreadableSourceError
from converters.base import Source
from converters.ifc.container import model_file
from converters.ifc.limits import OPEN_LIMIT_S
from converters.ifc.precheck import check_body, check_ends
from converters.ifc.raw_text import parseable

TASKS = ("position", "ids", "validate", "diff")


def run_audit(task: str, files: Sequence[Path], *arguments: str, limit_s: float = OPEN_LIMIT_S) -> dict[str, Any]:
    """The answer of one task of ``converters.ifc.audit.child`` on files, whose bytes are looked at first.

    Raises:
        UnreadableSourceError: a file is not IFC or damaged, a ZIP without one model, or the parser dies on it or takes
            longer than ``limit_s``.
        UnsupportedFeatureError: a schema that cannot be read, ifcXML, a ZIP packed with Deflate64.
    """
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="cim-ifc-audit-") as folder:
        paths = [stack.enter_context(_parseable(path)) for path in files]
        answer = Path(folder) / "answer.json"
        root = str(Path(__file__).resolve().parents[3])
        places = os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH")) if p)
        command = [sys.executable, "-m", "converters.ifc.audit.child", task, str(answer), *map(str, paths), *arguments]
        where = files[0].name
        try:
            code = subprocess.run(  # noqa: S603 - our own module, no shell
                command,
                env={**os.environ, "PYTHONPATH": places},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=limit_s,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise UnreadableSourceError(
                f"took longer than {limit_s:.0f} s to read", where=where, hint="the file is too large or hostile"
            ) from None
        if not answer.exists():
            raise UnreadableSourceError(
                f"the parser died on it (exit code {code})", where=where, hint="export it again", code="parser-crash"
            )
        result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in result:
        raise UnreadableSourceError(
            f"cannot be parsed: {result['error']}", where=result.get("where", where), hint="check or export it again"
        )
    return result


@contextmanager
def _parseable(path: Path) -> Iterator[Path]:
    """The model itself, unpacked where it comes in a ZIP, or a copy that declares a schema the parser knows."""
    with ExitStack() as stack:
        file = stack.enter_context(model_file(path, Source.open(path).head))
        content = file.read_bytes()
        declared, schema = check_ends(path.name, content)
        check_body(path.name, content)
        yield stack.enter_context(parseable(file, content, declared, schema))[0]
