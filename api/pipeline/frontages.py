"""Surveys of frontages: read from a file or an edit, kept under the key of the frontage, judged at once."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from api.pipeline.derive import check_store
from api.pipeline.opening import locked_workspace
from cim_core.errors import ModelError, SourceError
from cim_core.frontages import ABOUT, FACTS, parse_facts
from cim_core.issues import IssueLog, row_name
from cim_core.progress import Progress, SilentProgress
from cim_core.store import Change, Store

_FIELDS = (*FACTS, *ABOUT)
_PLACE = ("building_id", "dataset", "street_id", "side")
_MOST_BYTES = 64 << 20


def edit_frontage(store: Store, folder: Path, key: str, values: Mapping[str, Any], change: Change, version: int) -> int:
    """Set some surveyed facts of a frontage (None takes one back) and check the town anew; returns the new version.

    ``version`` is the one the writer saw, 0 where nothing was surveyed yet. Raises NotFoundError, ModelError,
    StaleVersionError.
    """
    facts = parse_facts(values, "body#")
    row = store.frontage(key).select(_PLACE).to_pylist()[0]
    with locked_workspace(folder, SilentProgress()):
        (number,) = store.put_frontage_surveys([{"id": key, **row, **facts}], change, version=version)
        if number != version and store.rule_packs():
            check_store(store, SilentProgress(), folder=folder)
    return number


def import_frontages(store: Store, path: Path, log: IssueLog, change: Change, progress: Progress) -> int:
    """Take over the surveys of a CSV or GeoJSON file; ``features in = rows + rejected`` in the log; returns the rows.

    A row names its frontage by ``key``, or by ``building_id`` (``dataset/id``, or an id only one dataset has) and
    ``street_id``, with ``side`` where the building has fronts on both. It replaces all that was surveyed of the
    frontage before; frontages the file does not name keep theirs. Raises SourceError.
    """
    rows = _read(path)
    log.features_in = len(rows)
    known = _Known(store)
    surveys: dict[str, dict[str, Any]] = {}
    progress.start("read surveys", len(rows))
    for number, row in enumerate(rows, 1):
        where = row_name(number)
        name = str(row.get("key") or row.get("building_id") or where)
        try:
            front = known.find(row)
            key = front["key"]
            if key in surveys:
                raise _refused("duplicate-frontage", f"{key} is there twice; the first counts", "keep one row for each")
            facts = parse_facts({field: row.get(field) for field in _FIELDS}, where)
            if all(facts[field] is None for field in FACTS):
                raise _refused("nothing-surveyed", "no fact of the facade is given", "fill " + ", ".join(FACTS))
            surveys[key] = {"id": key, **{field: front[field] for field in _PLACE}, **facts}
        except ModelError as error:
            log.reject(error.code, error.message, feature_id=name, where=where, hint=error.hint)
        progress.advance()
    if surveys:
        store.put_frontage_surveys(list(surveys.values()), change)
    log.features_out = len(surveys)
    return len(surveys)


def forget_surveys(store: Store, places: pa.Table, change: Change) -> None:
    """Take back the surveyed facts that changes of buildings have overtaken.

    ``places``: ``dataset``, ``building_id`` and ``attributes``, the values that were set, as JSON.
    """
    columns = (places[name].to_pylist() for name in ("dataset", "building_id", "attributes"))
    changed = {(dataset, name): json.loads(text) for dataset, name, text in zip(*columns, strict=True)}
    overtaken = []
    for survey in store.frontage_surveys().to_pylist():
        attributes = changed.get((survey["dataset"], survey["building_id"]), {})
        facts = {fact: None for fact, name in FACTS.items() if name in attributes and survey[fact] is not None}
        if "color" in facts:
            facts["color_source"] = None
        if facts:
            overtaken.append({"id": survey["id"], **facts})
    if overtaken:
        store.put_frontage_surveys(overtaken, change)


class _Known:
    """The frontages of a store by what a row calls them."""

    def __init__(self, store: Store) -> None:
        fronts = store.frontages().select(["key", *_PLACE]).to_pylist()
        self._by_key: dict[str, dict[str, Any]] = {front["key"]: front for front in fronts if front["key"]}
        self._by_pair: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for front in self._by_key.values():
            pair = (f"{front['dataset']}/{front['building_id']}", front["street_id"])
            self._by_pair.setdefault(pair, []).append(front)
        buildings = store.buildings(columns=("dataset", "id"))
        self._datasets: dict[str, list[str]] = {}
        for dataset, name in zip(buildings["dataset"].to_pylist(), buildings["id"].to_pylist(), strict=True):
            self._datasets.setdefault(name, []).append(dataset)
            self._datasets.setdefault(f"{dataset}/{name}", []).append("")
        self._streets = frozenset(store.streets()["id"].to_pylist())

    def find(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The frontage of a row. Raises ModelError."""
        key, street, side = (_text(row, name) for name in ("key", "street_id", "side"))
        if key:
            if key not in self._by_key:
                raise _refused("no-frontage", f"there is no frontage {key!r}", "keys are in the list of a street")
            return self._by_key[key]
        building = self._building(_text(row, "building_id"), _text(row, "dataset"))
        if street not in self._streets:
            raise _refused("unknown-street", f"there is no street {street!r}", "give its id in street_id")
        found = [front for front in self._by_pair.get((building, street), []) if side in ("", front["side"])]
        if not found:
            on = f" on the {side} side" if side else ""
            hint = "it does not face the street, or hides behind another building"
            raise _refused("no-frontage", f"{building} has no frontage on {street}{on}", hint)
        if len(found) > 1:
            keys = ", ".join(front["key"] for front in found)
            raise _refused(
                "ambiguous-frontage", f"{building} has {len(found)} frontages on {street}", f"give key: {keys}"
            )
        return found[0]

    def _building(self, name: str, dataset: str) -> str:
        name = f"{dataset}/{name}" if dataset else name
        datasets = self._datasets.get(name, [])
        if not datasets:
            raise _refused("unknown-building", f"there is no building {name!r}", "give building_id as dataset/id")
        if len(datasets) > 1:
            hint = "say which: " + ", ".join(f"{one}/{name}" for one in datasets)
            raise _refused("ambiguous-building", f"{len(datasets)} buildings are called {name!r}", hint)
        return f"{datasets[0]}/{name}" if datasets[0] else name


def _refused(code: str, message: str, hint: str) -> ModelError:
    return ModelError(message, where="", hint=hint, code=code)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _read(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV table with a header, or the properties of GeoJSON features."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceError("is too large for a table of surveys", where=str(path), hint="64 MB at most")
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".csv":
            rows: list[dict[str, Any]] = list(csv.DictReader(text.splitlines()))
        else:
            rows = [feature["properties"] or {} for feature in json.loads(text)["features"]]
            if not all(isinstance(row, dict) for row in rows):
                raise TypeError("properties")
    except OSError as error:
        raise SourceError("cannot be read", where=str(path), hint=error.strerror or "") from error
    except (ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
        hint = "give CSV with a header (UTF-8) or a GeoJSON FeatureCollection"
        raise SourceError("is no table of surveys", where=str(path), hint=hint, code="unreadable-surveys") from error
    if rows and not {"key", "building_id"} & {name for row in rows for name in row}:
        raise SourceError(
            "does not say which frontages it is about",
            where=str(path),
            hint="needs building_id and street_id, or key",
            code="missing-field",
        )
    return rows
