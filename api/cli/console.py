"""What the commands share on the terminal: progress, errors as two sentences, exit codes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Self

import click
import orjson
from rich.console import Console

from cim_core.errors import CancelledError, CimError, UsageError

if TYPE_CHECKING:  # imported where a bar is drawn
    from rich.progress import Progress, TaskID

EXIT_USAGE = 2
EXIT_DATA = 3
EXIT_FINDINGS = 4
EXIT_INTERRUPTED = 130

stderr = Console(stderr=True, highlight=False, soft_wrap=True)


class _Interruption:
    """Ctrl-C, remembered: a library that tries to import something may swallow the exception and go on."""

    def __init__(self) -> None:
        self._is_asked = False

    def listen(self) -> None:
        """Take over from Python's own handler, where there is one."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self._is_asked:
            raise KeyboardInterrupt

    def _note(self, *_: object) -> None:
        self._is_asked = True
        raise KeyboardInterrupt


_interruption = _Interruption()


class TerminalProgress:
    """Draws a bar per stage on stderr when a person is watching; otherwise one line a stage."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar = _build_bar() if stderr.is_terminal and not quiet else None
        self._is_plain = not quiet and not stderr.is_terminal
        self._task: TaskID | None = None
        self._done = 0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish_stage()
        if self._bar is not None:
            self._bar.stop()

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage: a new bar, or a line of text where nobody watches. Raises KeyboardInterrupt after Ctrl-C."""
        _interruption.check()
        self._finish_stage()
        self._done = 0
        self._started = time.monotonic()
        if self._bar is not None:
            self._task = self._bar.add_task(stage, total=total, rate="")
        if self._is_plain:
            stderr.print(f"  {stage} …")

    def advance(self, steps: int = 1) -> None:
        """Move the current bar and show the rate. Raises KeyboardInterrupt after Ctrl-C."""
        _interruption.check()
        if self._bar is None or self._task is None:
            return
        self._done += steps
        elapsed = max(time.monotonic() - self._started, 1e-6)
        self._bar.update(self._task, advance=steps, rate=f"{self._done / elapsed:,.0f}/s" if self._done else "")

    def _finish_stage(self) -> None:
        if self._bar is not None and self._task is not None:
            task = self._bar.tasks[self._task]
            self._bar.update(self._task, total=task.total or self._done or 1, completed=task.total or self._done or 1)


def _build_bar() -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("  {task.description:<28}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=stderr,
    )


def print_error(error: CimError) -> None:
    """What went wrong and where, then what to do about it."""
    stderr.print(f"[bold red]error[/] ({error.code}): ", end="")
    stderr.print(str(error), markup=False)
    if error.hint:
        stderr.print("hint: ", end="", style="bold")
        stderr.print(error.hint, markup=False)


def exit_code(error: CimError) -> int:
    """2 for a wrong call, 130 for a stop on request, 3 for everything wrong with the data."""
    if isinstance(error, UsageError):
        return EXIT_USAGE
    return EXIT_INTERRUPTED if isinstance(error, CancelledError) else EXIT_DATA


def reports_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command: CimError becomes two sentences and an exit code, Ctrl-C a clean stop."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is threading.main_thread():
            _interruption.listen()
        try:
            return command(*args, **kwargs)
        except CimError as error:
            _report(error, as_json=bool(kwargs.get("as_json")))
            sys.exit(exit_code(error))
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except OSError as error:
            refused = _from_os_error(error)
            _report(refused, as_json=bool(kwargs.get("as_json")))
            sys.exit(exit_code(refused))
        except KeyboardInterrupt:
            stderr.print("\nstopped; nothing half-written was left behind")
            sys.exit(EXIT_INTERRUPTED)

    return run


def _from_os_error(error: OSError) -> CimError:
    """What the system refused to a command, as one of our errors."""
    return CimError(
        f"the system refuses: {error.strerror or error}",
        where=str(error.filename or ""),
        hint="check that the folder exists, that you may write there, and that the disk has room",
        code="system-refuses",
    )


def _report(error: CimError, *, as_json: bool) -> None:
    if as_json:
        fields = {"code": error.code, "message": error.message, "where": error.where, "hint": error.hint}
        print_json({"error": fields})
    print_error(error)


def print_json(value: Any) -> None:
    """One JSON object on stdout, and nothing else there."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode())


def human_bytes(count: float) -> str:
    """1,536 as '1.5 kB'."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"
