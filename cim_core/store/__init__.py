"""The store: one SQLite file that is a valid GeoPackage, read and written as Arrow tables."""

from cim_core.store.attachments import Attachment, SubjectKind
from cim_core.store.changes import Change
from cim_core.store.findings import FINDING_COLUMNS, GROUPS, SORTS
from cim_core.store.history import HistoryRow
from cim_core.store.records import (
    VERDICTS_BY_SEVERITY,
    Box,
    BuildingFilter,
    DatasetKind,
    DatasetRecord,
    FindingFilter,
    ImportCounts,
    ManualLink,
    StateColumn,
    TilesetInfo,
)
from cim_core.store.state import state_columns
from cim_core.store.store import Store

__all__ = [
    "FINDING_COLUMNS",
    "GROUPS",
    "SORTS",
    "VERDICTS_BY_SEVERITY",
    "Attachment",
    "Box",
    "BuildingFilter",
    "Change",
    "DatasetKind",
    "DatasetRecord",
    "FindingFilter",
    "HistoryRow",
    "ImportCounts",
    "ManualLink",
    "StateColumn",
    "Store",
    "SubjectKind",
    "TilesetInfo",
    "state_columns",
]
