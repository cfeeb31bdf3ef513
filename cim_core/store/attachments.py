"""What is known of attached files. A file is named by the SHA-256 of its content and stays, as its history does."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa

from cim_core.errors import UsageError
from cim_core.store.base import StoreBase, not_found
from cim_core.store.changes import Change
from cim_core.store.prepared import Prepared
from cim_core.store.rows import equal_to_parameters
from cim_core.store.schema import Tables, history_of
from cim_core.store.writing import delete_rows, put_row


class SubjectKind(StrEnum):
    """What a file can be attached to; the subject is ``dataset/building``, a project or ``rule/dataset/building``."""

    BUILDING = "building"
    PROJECT = "project"
    EXEMPTION = "exemption"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a subject. ``media_type`` is what its content is, whatever it was called."""

    id: str
    kind: SubjectKind
    subject: str
    name: str
    media_type: str
    sha256: str
    bytes: int
    note: str = ""
    added_by: str = ""
    location_removed: bool = False
    added_at: str = ""


_STORED = tuple(field.name for field in fields(Attachment) if field.name != "added_at")


class AttachmentsPart(StoreBase):
    """The store as seen by attachments."""

    def attachments(self, kind: SubjectKind | None = None, subject: str | None = None) -> list[Attachment]:
        """Those of a subject, of a kind of subject, or all, in the order they were added."""
        wanted = {"kind": None if kind is None else kind.value, "subject": subject}
        values = {name: value for name, value in wanted.items() if value is not None}
        with self._ask() as connection:
            rows = _query(self._tables, frozenset(values)).rows(connection, values)
        return [_attachment(row) for row in rows]

    def attachment(self, attachment_id: str) -> Attachment:
        """One of them. Raises NotFoundError."""
        with self._ask() as connection:
            row = _query(self._tables, frozenset({"id"})).first(connection, {"id": attachment_id})
        if row is None:
            raise not_found("attachment", attachment_id)
        return _attachment(row)

    def attached_bytes(self) -> int:
        """Bytes of all files that a present or former row names, each once."""
        with self._ask() as connection:
            return int(_bytes_query(self._tables).scalar(connection) or 0)

    def put_attachment(self, attachment: Attachment, change: Change) -> None:
        """Add one to a subject that is there. Raises NotFoundError, UsageError for what is no subject."""
        values = {name: getattr(attachment, name) for name in _STORED}
        values |= {"kind": attachment.kind.value, "location_removed": int(attachment.location_removed)}
        with self._write(change) as connection:
            self._require_subject(connection, attachment.kind, attachment.subject)
            put_row(connection, self._tables.attachments, {"id": values.pop("id")}, values)
            self._touch(connection, "attachments")

    def delete_attachment(self, attachment_id: str, change: Change) -> None:
        """Take one off its subject; its history and its file stay. Raises NotFoundError."""
        table = self._tables.attachments
        with self._write(change) as connection:
            if not delete_rows(connection, table, table.c.id == attachment_id):
                raise not_found("attachment", attachment_id)
            self._touch(connection, "attachments")

    def _require_subject(self, connection: sa.Connection, kind: SubjectKind, subject: str) -> None:
        tables = self._tables
        keys = {
            SubjectKind.BUILDING: (tables.buildings, ("dataset", "id")),
            SubjectKind.PROJECT: (tables.projects, ("id",)),
            SubjectKind.EXEMPTION: (tables.exemptions, ("rule_id", "dataset", "building_id")),
        }
        table, names = keys[kind]
        parts = subject.split("/", len(names) - 1)
        if len(parts) != len(names):
            raise UsageError(
                f"{subject!r} names no {kind.value}", hint="write it as " + "/".join(names), code="bad-key"
            )
        hit = sa.and_(*(table.c[name] == part for name, part in zip(names, parts, strict=True)))
        self._require(connection, kind.value, hit, subject)


@cache
def _query(tables: Tables, given: frozenset[str]) -> Prepared:
    table = tables.attachments
    columns = [*(table.c[name] for name in _STORED), table.c.recorded_from]
    return Prepared(sa.select(*columns).where(*equal_to_parameters(table, given)).order_by(table.c.fid))


@cache
def _bytes_query(tables: Tables) -> Prepared:
    table = tables.attachments
    former = history_of(table)
    files = sa.union(sa.select(table.c.sha256, table.c.bytes), sa.select(former.c.sha256, former.c.bytes)).subquery()
    return Prepared(sa.select(sa.cast(sa.func.sum(files.c.bytes), sa.BigInteger())))


def _attachment(row: tuple[Any, ...]) -> Attachment:
    found = dict(zip((*_STORED, "added_at"), row, strict=True))
    found |= {"kind": SubjectKind(found["kind"]), "location_removed": bool(found["location_removed"])}
    return Attachment(**{name: value for name, value in found.items() if value is not None})
