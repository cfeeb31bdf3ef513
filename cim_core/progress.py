"""Progress and cancelling, handed down as one object through every long piece of work."""

from __future__ import annotations

from typing import Protocol

from cim_core.errors import CancelledError


class Progress(Protocol):
    """What long work reports to; the command line draws it, a job stores it, tests ignore it."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a named stage with an expected number of steps, if known."""

    def advance(self, steps: int = 1) -> None:
        """Report steps done in the current stage. Raises CancelledError once cancelling was asked for."""


class SilentProgress:
    """Reports to nobody; can be cancelled."""

    def __init__(self) -> None:
        self._is_cancelled = False

    def start(self, stage: str, total: int | None = None) -> None:
        """Accept a stage and forget it."""
        self.advance(0)

    def advance(self, steps: int = 1) -> None:
        """Raise CancelledError if the work was cancelled."""
        if self._is_cancelled:
            raise CancelledError("stopped on request", hint="run the same command again to start over")

    def cancel(self) -> None:
        """Ask the work to stop at the next step."""
        self._is_cancelled = True
