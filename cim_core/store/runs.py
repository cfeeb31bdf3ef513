"""The list of checks that were made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cim_core.store.base import StoreBase, not_found
from cim_core.store.writing import put_row


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One check. ``inputs``: versions and digests of data, rules and program; ``counts``: findings by verdict.

    The files (data, findings, rules) are None once the run is too old to be compared.
    """

    id: str
    checked_on: str
    checked_at: str
    code_version: str
    buildings: int
    findings: int
    inputs: Mapping[str, Any]
    counts: Mapping[str, int]
    data_file: str | None = None
    findings_file: str | None = None
    rules_file: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are kept of it."""
        return tuple(name for name in (self.data_file, self.findings_file, self.rules_file) if name)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; ``comparable`` says whether its files are there."""
        plain = ("id", "checked_on", "checked_at", "code_version", "buildings", "findings", "inputs", "counts")
        return {**{name: getattr(self, name) for name in plain}, "comparable": len(self.files) == 3}


class RunsPart(StoreBase):
    """The store as seen by checks that are kept."""

    def check_runs(self) -> list[CheckRun]:
        """All checks, the oldest first."""
        table = self._tables.check_runs
        names = CheckRun.__slots__
        with self._read() as connection:
            rows = connection.execute(sa.select(*(table.c[name] for name in names)).order_by(table.c.fid)).mappings()
            return [
                CheckRun(**{**row, "inputs": json.loads(row["inputs"]), "counts": json.loads(row["counts"])})
                for row in rows
            ]

    def check_run(self, run_id: str) -> CheckRun:
        """One check by its id, or ``last`` or ``previous``. Raises NotFoundError."""
        runs = self.check_runs()
        back = {"last": 1, "previous": 2}.get(run_id)
        if back is not None and len(runs) >= back:
            return runs[-back]
        for run in runs:
            if run.id == run_id:
                return run
        raise not_found("run", run_id)

    def next_run_id(self) -> str:
        """The id of the check to come: they count from 1."""
        return str(max((int(run.id) for run in self.check_runs()), default=0) + 1)

    def put_check_run(self, run: CheckRun) -> None:
        """Insert a check, or alter it."""
        values = {name: getattr(run, name) for name in CheckRun.__slots__ if name != "id"}
        for name in ("inputs", "counts"):
            values[name] = json.dumps(values[name], ensure_ascii=False, sort_keys=True)
        with self._write() as connection:
            put_row(connection, self._tables.check_runs, {"id": run.id}, values)
            self._touch(connection, "check_runs")

    def forget_run_files(self, run_ids: Sequence[str]) -> None:
        """Note that the files of some checks are gone; the checks stay in the list."""
        empty = {"data_file": None, "findings_file": None, "rules_file": None}
        with self._write() as connection:
            for run_id in run_ids:
                put_row(connection, self._tables.check_runs, {"id": run_id}, empty)
            self._touch(connection, "check_runs")
