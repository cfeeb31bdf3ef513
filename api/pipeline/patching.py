"""``cim update`` where few rows changed: those rows are read, placed and drawn, with the tiles they are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from api.pipeline.reports import REPORT_NAME, SourceReport, crs_label
from api.pipeline.row_index import RowIndex, on_ground, shorten
from api.pipeline.sources import stand_on
from cim_core.errors import CancelledError, CimError
from cim_core.issues import IssueLog
from cim_core.progress import Progress
from cim_core.spill import Spill
from converters.base import ReadOptions, Source
from converters.builtin import REGISTRY
from converters.footprints.digests import Digests, digest_rows
from converters.footprints.reader import FootprintFormat, OpenedRows
from tiles.build import Built
from tiles.footprints import gather_footprints
from tiles.options import TileOptions
from tiles.patch import DrawnPlaces, can_patch, leaf_numbers, patch_tileset
from tiles.places import Places
from tiles.ragged import Indices
from tiles.rows import RowReader

#: With more changed rows nearly every tile is made anew, and a conversion by all processes is faster.
MOST_CHANGED_SHARE = 0.02
MOST_CHANGED = 100
_NO_GROUND, _ON_GROUND = "no-ground", "base-from-terrain"


class _NotPossibleError(Exception):
    """The whole source must be converted."""


def patch_source(
    path: Path,
    out: Path,
    options: ReadOptions,
    tile_options: TileOptions,
    progress: Progress,
    on_report: Callable[[Path, SourceReport], None],
) -> SourceReport | None:
    """Bring ``out`` up to date with ``path``; None, and nothing done, where only a new conversion gives its result.

    That is so if anything but the content of a few rows differs: their number or order, ids, fields, the CRS, options,
    the version of the program; and if something was or is to be said of a changed row.
    """
    if not can_patch(out, tile_options):
        return None
    index, report = RowIndex.load(out), _earlier_report(out)
    if index is None or report is None:
        return None
    log = IssueLog()
    try:
        source = Source.open(path)
        converter = REGISTRY.for_source(source)
        if not isinstance(converter, FootprintFormat) or converter.info.id != report.format:
            return None
        with converter.open_rows(source, options, log) as opened:
            patch = _Patch(opened, index, report, tile_options, log)
            return patch.apply(path, out, progress, on_report)
    except CancelledError:
        raise
    except (_NotPossibleError, CimError):
        return None  # the conversion that follows tells what is wrong, if it is the data


def _earlier_report(out: Path) -> SourceReport | None:
    try:
        sources = orjson.loads((out / REPORT_NAME).read_bytes())["sources"]
        return SourceReport(**sources[0]) if len(sources) == 1 else None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _require(condition: object) -> None:
    if not condition:
        raise _NotPossibleError


@dataclass(frozen=True, slots=True)
class _Patch:
    """An opened source, what was made of it before, and the issues of opening it now."""

    opened: OpenedRows
    index: RowIndex
    report: SourceReport
    options: TileOptions
    log: IssueLog

    def apply(
        self, path: Path, out: Path, progress: Progress, on_report: Callable[[Path, SourceReport], None]
    ) -> SourceReport:
        """The report of the updated folder. Raises _NotPossibleError, CimError; then the folder is as it was."""
        index = self.index
        context = on_ground(self.opened.context, self.options.ground)
        _require(context == index.context and self._are_issues_settled())
        rows, digests = self._read(progress)
        before = index.rows.all()
        _require(len(digests) == len(before))
        changed = np.flatnonzero(digests != before["digest"])
        _require(len(changed) <= MOST_CHANGED + MOST_CHANGED_SHARE * len(digests))
        row = np.flatnonzero(before["kept"])[index.drawn.places.records.all()["gid"]]
        _require(np.isin(changed, row).all() and not before["noted"][changed].any())
        self._check_ids(rows, changed)
        position = np.searchsorted(row, changed)
        places = self._place(rows, changed, position)
        is_changed = np.zeros(len(row), bool)
        is_changed[position] = True
        reports: list[SourceReport] = []

        def gather(items: Indices) -> pa.RecordBatch:
            return self._gather(rows, row[items])[0]

        def finish(built: Built) -> None:
            reports.append(self._report(path, out, built))
            drawn = DrawnPlaces(places, leaf_numbers(built.root, len(places)), built.leaves)
            after = before.copy()
            after["digest"] = digests
            replace(index, rows=Spill.of(after), drawn=drawn, opening_issues=len(self.log)).write(built.folder)
            on_report(built.folder, reports[0])

        progress.start("tiles")
        patch_tileset(out, index.drawn, places, is_changed, gather, self.options, finish)
        return reports[0]

    def _are_issues_settled(self) -> bool:
        """Whether all that was said before of the data, and not of single rows, holds whatever a clean row says."""
        later = self.report.issues[self.index.opening_issues :]
        of_rows = {issue["code"] for issue in later if issue["feature_id"]}
        of_all = {issue["code"] for issue in later if not issue["feature_id"]} - of_rows
        if self.options.ground is not None:
            return of_all <= {_ON_GROUND} and not self._may_have_base  # else some may have a base now, or none
        return of_all <= (set() if self._may_have_base else {_NO_GROUND})

    @property
    def _may_have_base(self) -> bool:
        return "base_m" in self.opened.plan.attributes

    def _read(self, progress: Progress) -> tuple[RowReader, Digests]:
        """All rows as they are in the file, and their digests."""
        progress.start("read", self.opened.vector.total)
        batches, digests = [], [np.zeros(0, np.uint64)]
        for records in self.opened.records():
            batches.append(records)
            digests.append(digest_rows(records, self.opened.unread_columns))
            progress.advance(records.num_rows)
        ends = np.cumsum([batch.num_rows for batch in batches]).tolist()
        return RowReader(batches, None, ends), shorten(np.concatenate(digests))

    def _check_ids(self, rows: RowReader, changed: Indices) -> None:
        """Where rows changed, require that all have ids, and that the same rows as before get the same other ones."""
        if not len(changed):
            return
        builder, given_ids = self.opened.builder(IssueLog()), dict[int, str]()
        for records in rows.batches():
            given_ids |= builder.identify(records)[1]
        _require(given_ids == self.index.given_ids)
        _require(not np.isin(changed + 1, np.concatenate([changed[:0], *builder.report.noted])).any())

    def _place(self, rows: RowReader, changed: Indices, position: Indices) -> Places:
        """The places of all buildings, those of the changed rows anew; these must be clean."""
        places = self.index.drawn.places
        if not len(changed):
            return places
        gathered, log = self._gather(rows, changed)
        _require(not len(log))
        fresh = Places()
        fresh.append(gathered)
        return places.with_(position, fresh)

    def _gather(self, rows: RowReader, wanted: Indices) -> tuple[pa.RecordBatch, IssueLog]:
        """Rows by position, ready to be drawn, and what there is to say of them."""
        index, log = self.index, IssueLog()
        builder = self.opened.builder(log)
        records = rows.take(wanted)
        plain = builder.plain_ids(records, wanted + 1)
        ids = [index.given_ids.get(row, id_) for row, id_ in zip(wanted.tolist(), plain, strict=True)]
        batch, kept = builder.convert_rows(records, self.opened.decode(records), ids, wanted + 1)
        _require(len(kept) == len(wanted))
        gid = np.cumsum(index.rows.all()["kept"]) - 1
        batch = batch.with_column("gid", pa.array(gid[wanted].astype(np.uint32)))
        if self.options.ground is not None:
            batch, _, off_terrain = stand_on(batch, self.options.ground)
            _require(not off_terrain)
        gathered = gather_footprints(batch, self.options, log)
        if gathered is None or gathered.num_rows != len(wanted):
            raise _NotPossibleError
        if self._may_have_base:  # nothing was said before of buildings without ground
            _require(not gathered.column(".no_ground").true_count)
        return gathered.drop_columns([".no_ground"]), log

    def _report(self, path: Path, out: Path, built: Built) -> SourceReport:
        """The earlier report with what the new tileset and opening the source say."""
        meta, summary = self.opened.meta, built.summary
        return replace(
            self.report,
            path=str(path),
            crs=crs_label(meta.crs),
            crs_reason=meta.crs_reason,
            fields=dict(meta.fields),
            tileset=str(out / "tileset.json"),
            tiles=summary.tiles,
            bytes=summary.bytes,
            bounds_deg=summary.bounds_deg,
            height_range_m=summary.height_range_m,
            issues=self.log.to_dicts() + self.report.issues[self.index.opening_issues :],
        )
