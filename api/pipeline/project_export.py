"""The project library as a table for other programs: CSV or XLSX, headings in both languages."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyogrio

from cim_core.errors import UsageError
from cim_core.files import write_atomically
from cim_core.renewal import PROJECT_FIELDS
from cim_core.renewal.fields import Field

#: A cell that begins with one of these is a formula to a spreadsheet, or breaks out of its cell.
_DANGEROUS = "^[=+\\-@\t\r]"


def export_projects(projects: pa.Table, path: Path) -> int:
    """Write every field of the projects; returns their number. Texts that a spreadsheet would run are prefixed with '.

    Raises UsageError for another suffix.
    """
    table = pa.table(
        {f"{f.zh} {f.en}" + (f" ({f.unit})" if f.unit else ""): _cells(projects[f.name]) for f in PROJECT_FIELDS}
    )
    if path.suffix.lower() == ".csv":
        write_atomically(path, _csv(table))
    elif path.suffix.lower() == ".xlsx":
        write_atomically(path, _xlsx(table))
    else:
        raise UsageError(f"cannot write '{path.suffix}'", where="FILE", hint="name it .csv or .xlsx", code="bad-suffix")
    return int(projects.num_rows)


def _heading(field: Field) -> str:
    return f"{field.zh} {field.en}" + (f" ({field.unit})" if field.unit else "")


def _cells(column: pa.ChunkedArray) -> pa.Array:
    """The column with dangerous texts prefixed."""
    column = column.combine_chunks()
    if pa.types.is_boolean(column.type):
        return column.cast(pa.int8())
    if not pa.types.is_string(column.type):
        return column
    is_dangerous = pc.fill_null(pc.match_substring_regex(column, _DANGEROUS), False)
    return pc.if_else(is_dangerous, pc.binary_join_element_wise("'", column, ""), column)


def _xlsx(table: pa.Table) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "projects.xlsx"
        pyogrio.write_arrow(table, path, driver="XLSX", layer="projects", geometry_type=None)
        return path.read_bytes()


def _csv(table: pa.Table) -> bytes:
    """UTF-8 with a byte order mark, without which spreadsheets take Chinese for something else."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return ("\ufeff" + text.getvalue()).encode()
